// SPDX-License-Identifier: GPL-2.0-only
// Owns the tree of components: from the state and the layout to the panes, and from the keyboard to the store.

import { Box, useInput } from 'ink';
import { useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { PaneName } from './commands.ts';
import { keysOf } from './keys.ts';
import { layoutOf, type PaneRect } from './layout.ts';
import { Header, Help, Message, Status, Wall } from './panes/bars.tsx';
import { LanesPane } from './panes/lanes-pane.tsx';
import type { PaneProps } from './panes/pane.tsx';
import { SourcePane } from './panes/source-pane.tsx';
import { StatePane } from './panes/state-pane.tsx';
import { TimelinePane } from './panes/timeline-pane.tsx';
import { glyphsOf, type Session } from './session.ts';
import type { Store } from './store.ts';

export function App({ session, store }: { readonly session: Session; readonly store: Store }): ReactNode {
  const ui = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, key) => store.press(keysOf(input, key)));
  const { columns, rows, focus, zoom, cursor } = ui;
  // Rectangles keep their identity while the layout does, so that panes need not be drawn again.
  const threads = session.scene.recording.threads.length;
  const layout = useMemo(
    () => layoutOf({ columns, rows, focus, zoom, threads }),
    [columns, rows, focus, zoom, threads],
  );
  const glyphs = glyphsOf(ui);
  const bar = { session, glyphs };
  const pane = (name: PaneName, rect: PaneRect): PaneProps => {
    return { session, glyphs, rect, cursor, scroll: ui.scroll[name], focused: focus === name };
  };
  const { lanes, source, state, timeline } = layout.panes;
  const helping = ui.help !== undefined;
  return (
    <Box width={columns} height={rows}>
      <Header {...bar} rect={layout.header} cursor={cursor} />
      {helping && <Help {...bar} rect={layout.help} top={ui.help.top} />}
      {!helping && lanes && <LanesPane {...pane('lanes', lanes)} />}
      {!helping && layout.wall && <Wall {...bar} rect={layout.wall} />}
      {!helping && source && <SourcePane {...pane('source', source)} />}
      {!helping && state && <StatePane {...pane('state', state)} all={ui.showAll} />}
      {!helping && timeline && <TimelinePane {...pane('timeline', timeline)} />}
      {!helping && layout.message.height > 0 && <Message {...bar} rect={layout.message} cursor={cursor} />}
      {layout.status.height > 0 && <Status {...bar} rect={layout.status} ui={ui} />}
    </Box>
  );
}
