// SPDX-License-Identifier: GPL-2.0-only

import { render } from 'ink';
import { EventEmitter } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { App } from '../../src/tui/app.tsx';
import { KEYMAP } from '../../src/tui/keymap.ts';
import { installRowCache, removeRowCache } from '../../src/tui/row-cache.ts';
import { Screen } from '../../src/tui/screen.ts';
import { factsOf, sessionOf } from '../../src/tui/session.ts';
import { Store } from '../../src/tui/store.ts';
import { themeOf } from '../../src/tui/theme.ts';
import { initialUi } from '../../src/tui/ui-state.ts';
import { sampleRecording } from '../support/sample-recording.ts';
import { Emulator, plainly } from './emulator.ts';

afterEach(removeRowCache);

/** A keyboard that nobody touches. */
class Keyboard extends EventEmitter {
  readonly isTTY = true;
  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

/** The debugger on the sample, drawn into an emulator; keeps the last frame that Ink composed. */
class Bench {
  frame = '';
  readonly emulator: Emulator;
  readonly store: Store;
  readonly close: () => void;

  constructor(columns: number, rows: number) {
    this.emulator = new Emulator(columns, rows);
    const screen = new Screen(this.emulator, true);
    const write = screen.write.bind(screen);
    screen.write = (data, ...rest) => {
      // oxlint-disable-next-line no-control-regex
      if (data.replace(/\u001B\[[0-9;?]*[A-Za-z]/g, '').trim() !== '') this.frame = data;
      return write(data, ...rest);
    };
    const session = sessionOf(sampleRecording(), themeOf(true), 'sample.json', ['a notice']);
    this.store = new Store(initialUi({ columns, rows }), factsOf(session), () => {});
    screen.onResize = () =>
      this.store.command({ kind: 'resize', columns: screen.columns, rows: screen.rows });
    screen.enter();
    const app = render(<App session={session} store={this.store} />, {
      stdin: new Keyboard() as unknown as NodeJS.ReadStream,
      stdout: screen as unknown as NodeJS.WriteStream,
      ...{ debug: true, interactive: true, exitOnCtrlC: false, patchConsole: false },
    });
    this.close = () => {
      screen.close();
      app.unmount();
    };
  }

  async press(...keys: string[]): Promise<void> {
    this.store.press(keys);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async expectFrameOnScreen(message: string): Promise<void> {
    const { columns, rows } = this.emulator;
    expect(await this.emulator.cells(), message).toEqual(await plainly(this.frame, columns, rows));
  }
}

const keys = KEYMAP.filter(({ command }) => !['quit', 'interrupt', 'suspend'].includes(command.kind)).flatMap(
  (b) => b.keys,
);

test.each([
  [80, 24, true],
  [40, 12, true],
  [120, 40, true],
  [80, 24, false],
])(
  'random walks at %ix%i leave on the screen what Ink composed (row cache: %s)',
  async (columns, rows, cached) => {
    if (cached) expect(installRowCache()).toBe(true);
    const seed = Number(process.env['SEED'] ?? 20030513);
    const rng = new Rng(seed);
    const bench = new Bench(columns, rows);
    try {
      const walk: string[] = [];
      for (let i = 0; i < 150; i++) {
        const key = rng.below(12) === 0 ? rng.pick(['1', '2', '3', '9', 'x', 'enter']) : rng.pick(keys);
        walk.push(key);
        await bench.press(key);
        await bench.expectFrameOnScreen(`SEED=${seed}: ${walk.join(' ')}`);
      }
    } finally {
      bench.close();
    }
  },
);

test('a resize storm ends with the screen right', async () => {
  installRowCache();
  const bench = new Bench(80, 24);
  try {
    const rng = new Rng(7);
    for (let i = 0; i < 40; i++) {
      bench.emulator.resize(1 + rng.below(160), 1 + rng.below(50));
      if (i % 5 === 0) await bench.press('s');
      await bench.expectFrameOnScreen(`${bench.emulator.columns}x${bench.emulator.rows}`);
    }
  } finally {
    bench.close();
  }
});

test('the same frames with and without the row cache', async () => {
  const frames: string[][] = [];
  for (const cached of [false, true]) {
    if (cached) installRowCache();
    const bench = new Bench(120, 40);
    const seen: string[] = [];
    for (const key of ['s', 's', '!', 'tab', 'j', '+', '?', 'escape', 'G', 'e', '~', 'S']) {
      await bench.press(key);
      seen.push(bench.frame);
    }
    bench.close();
    frames.push(seen);
  }
  expect(frames[1]).toEqual(frames[0]);
});
