// SPDX-License-Identifier: GPL-2.0-only
// Owns what the user has set and where the user is, and the pure reducer of commands and keys.

import { characters, plain } from '../view/text.ts';
import { PANES, type Command, type Effect, type PaneName } from './commands.ts';
import { bindingOf, KEYMAP, keyText } from './keymap.ts';

export interface UiState {
  /** The step looked at: 0 is the start. */
  readonly cursor: number;
  readonly focus: PaneName;
  /** Lines by which each pane was scrolled away from where it would be by itself. */
  readonly scroll: Readonly<Record<PaneName, number>>;
  /** Room for the focused pane: 0 as usual, 1 most of the screen, 2 all of it. */
  readonly zoom: 0 | 1 | 2;
  readonly showAll: boolean;
  readonly ascii: boolean;
  readonly help: { readonly top: number } | undefined;
  /** The text after `:` while it is typed. */
  readonly prompt: string | undefined;
  /** Digits typed before a key. */
  readonly count: string;
  /** Stands in the status line until the next key. */
  readonly message: string;
  readonly columns: number;
  readonly rows: number;
}

/** What the reducer must know of the recording and of the panes. */
export interface Facts {
  readonly steps: number;
  /** Of a run that never ends: the step that comes after the last. */
  readonly loop: number | undefined;
  nextStepOf(thread: number, step: number): number | undefined;
  previousStepOf(thread: number, step: number): number | undefined;
  /** The thread that acted in a step; at step 0 the one that acts first. */
  threadAt(step: number): number;
  nextViolation(step: number): number | undefined;
  previousViolation(step: number): number | undefined;
  readonly firstViolation: number | undefined;
  /** Lines above what a pane shows by itself, lines it shows, lines there are. Lines of the help for 'help'. */
  extent(
    ui: UiState,
    pane: PaneName | 'help',
  ): { readonly top: number; readonly height: number; readonly total: number };
}

/** The next state, and what is to be done outside it. */
export interface Outcome {
  readonly ui: UiState;
  readonly effect: Effect | undefined;
}

const NO_SCROLL: UiState['scroll'] = { lanes: 0, source: 0, state: 0, timeline: 0 };

export function initialUi(size: { columns: number; rows: number }, options: Partial<UiState> = {}): UiState {
  return {
    cursor: 0,
    focus: 'lanes',
    scroll: NO_SCROLL,
    zoom: 0,
    showAll: false,
    ascii: false,
    help: undefined,
    prompt: undefined,
    count: '',
    message: '',
    ...size,
    ...options,
  };
}

/** One key, by its name. */
export function pressKey(ui: UiState, key: string, facts: Facts): Outcome {
  if (ui.prompt !== undefined) return typeIntoPrompt(ui, ui.prompt, key, facts);
  const calm = ui.message === '' ? ui : { ...ui, message: '' };
  if (/^\d$/.test(key) && !(key === '0' && ui.count === '')) {
    return stay({ ...calm, count: (ui.count + key).slice(-9) });
  }
  const count = ui.count === '' ? undefined : Number(ui.count);
  const fresh = calm.count === '' ? calm : { ...calm, count: '' };
  const binding = bindingOf(key);
  if (binding === undefined) return stay(say(fresh, `no such key: ${keyText(key)} - ? for help`));
  return run(fresh, binding.command, facts, count);
}

/** One command, with the count typed before it, if any. */
export function run(ui: UiState, command: Command, facts: Facts, count?: number): Outcome {
  if (ui.help !== undefined) {
    const inHelp = runInHelp(ui, ui.help.top, command, facts);
    if (inHelp !== undefined) return inHelp;
  }
  const times = Math.max(1, count ?? 1);
  switch (command.kind) {
    case 'step':
      return stay(goOn(ui, ui.cursor + command.by * times, facts));
    case 'threadStep':
      return stay(stepThread(ui, command.by, times, facts));
    case 'end':
      if (count !== undefined) return stay(go(ui, count, facts));
      return stay(go(ui, command.which === 'first' ? 0 : facts.steps, facts));
    case 'goto':
      return stay(go(ui, command.step, facts));
    case 'firstViolation':
      if (facts.firstViolation === undefined) return stay(say(ui, 'nothing goes wrong in this trace'));
      return stay(moved(ui, facts.firstViolation));
    case 'violation':
      return stay(nextViolation(ui, command.by, times, facts));
    case 'focus':
      return stay(focusBy(ui, command.by, count, facts));
    case 'pane':
      return stay(focusOn(ui, command.pane, facts));
    case 'line':
      if (ui.focus === 'lanes' || ui.focus === 'timeline')
        return run(ui, { kind: 'step', by: command.by }, facts, count);
      return stay(scrollBy(ui, command.by * times, facts));
    case 'page':
      return stay(scrollBy(ui, pageLines(command.by, facts.extent(ui, ui.focus).height) * times, facts));
    case 'zoom':
      return stay(zoomBy(ui, command.by));
    case 'showAll':
      return stay({
        ...ui,
        showAll: !ui.showAll,
        message: ui.showAll ? 'state: what matters in this trace' : 'state: everything',
      });
    case 'ascii':
      return stay({ ...ui, ascii: !ui.ascii });
    case 'help':
      return stay({ ...ui, help: { top: 0 } });
    case 'prompt':
      return stay({ ...ui, prompt: '' });
    case 'close':
      return stay({ ...ui, focus: 'lanes', zoom: 0, scroll: NO_SCROLL, count: '', message: '' });
    case 'resize':
      return stay({ ...ui, columns: command.columns, rows: command.rows });
    case 'say':
      return stay(say(ui, command.text));
    case 'quit':
    case 'interrupt':
    case 'suspend':
    case 'redraw':
      return { ui, effect: command };
  }
}

const stay = (ui: UiState): Outcome => ({ ui, effect: undefined });
const say = (ui: UiState, message: string): UiState => ({ ...ui, message: plain(message) });
const moved = (ui: UiState, cursor: number): UiState => ({ ...ui, cursor, scroll: NO_SCROLL });

function go(ui: UiState, step: number, { steps }: Facts): UiState {
  const cursor = Math.max(0, Math.min(step, steps));
  const next = moved(ui, cursor);
  if (step > steps)
    return say(next, cursor === ui.cursor ? 'this is the last step' : `the trace has ${steps} steps`);
  return step < 0 && ui.cursor === 0 ? say(next, 'this is the start') : next;
}

/** Steps forward: as `go`, but where the run goes on at an earlier step, so does the cursor, and says so. */
function goOn(ui: UiState, step: number, facts: Facts): UiState {
  const { steps, loop } = facts;
  if (loop === undefined || step <= steps) return go(ui, step, facts);
  const cursor = loop + ((step - steps - 1) % (steps - loop + 1));
  return say(moved(ui, cursor), `round again: after step ${steps} comes step ${loop}`);
}

function stepThread(ui: UiState, by: number, times: number, facts: Facts): UiState {
  const { steps, loop } = facts;
  const thread = facts.threadAt(ui.cursor);
  let cursor = ui.cursor;
  let isRound = false;
  for (let i = 0; i < times; i++) {
    let next = by > 0 ? facts.nextStepOf(thread, cursor) : facts.previousStepOf(thread, cursor);
    if (next === undefined && by > 0 && loop !== undefined) {
      next = facts.nextStepOf(thread, loop - 1);
      isRound ||= next !== undefined;
    }
    if (next === undefined) break;
    cursor = next;
  }
  if (isRound) return say(moved(ui, cursor), `round again: after step ${steps} comes step ${loop ?? 0}`);
  if (cursor !== ui.cursor) return moved(ui, cursor);
  return say(ui, by > 0 ? 'this thread makes no further step' : 'this is the first step of this thread');
}

function nextViolation(ui: UiState, by: number, times: number, facts: Facts): UiState {
  if (facts.firstViolation === undefined) return say(ui, 'nothing goes wrong in this trace');
  let cursor = ui.cursor;
  for (let i = 0; i < times; i++) {
    const next = by > 0 ? facts.nextViolation(cursor) : facts.previousViolation(cursor);
    if (next === undefined) break;
    cursor = next;
  }
  if (cursor !== ui.cursor) return moved(ui, cursor);
  return say(ui, by > 0 ? 'nothing more goes wrong after this step' : 'nothing goes wrong before this step');
}

function focusBy(ui: UiState, by: number, count: number | undefined, facts: Facts): UiState {
  if (count !== undefined) {
    const pane = PANES[count - 1];
    return pane === undefined ? say(ui, `there are ${PANES.length} panes`) : focusOn(ui, pane, facts);
  }
  const at = PANES.indexOf(ui.focus);
  return focusOn(ui, PANES[(at + by + PANES.length) % PANES.length] ?? 'lanes', facts);
}

/** A pane for which a small screen has no room gets the keys all the same, and is not missed in silence. */
function focusOn(ui: UiState, focus: PaneName, facts: Facts): UiState {
  const next = { ...ui, focus };
  return facts.extent(next, focus).height > 0 ? next : say(next, `no room for the ${focus}: + + makes it`);
}

function pageLines(part: number, height: number): number {
  const lines = Math.max(1, Math.floor(Math.abs(part) * height));
  return part < 0 ? -lines : lines;
}

function scrollBy(ui: UiState, lines: number, facts: Facts): UiState {
  const { top, height, total } = facts.extent(ui, ui.focus);
  const now = clamp(top + ui.scroll[ui.focus], height, total);
  const next = clamp(now + lines, height, total);
  const atEnd = next === now ? (lines > 0 ? `end of ${ui.focus}` : `top of ${ui.focus}`) : '';
  return { ...ui, scroll: { ...ui.scroll, [ui.focus]: next - top }, message: atEnd };
}

const clamp = (top: number, height: number, total: number): number =>
  Math.max(0, Math.min(top, Math.max(0, total - height)));

function zoomBy(ui: UiState, by: number): UiState {
  if (by > 0) return { ...ui, zoom: ui.zoom === 0 ? 1 : 2 };
  return { ...ui, zoom: ui.zoom === 2 ? 1 : 0 };
}

/** While help is open it takes the moving and leaving keys; undefined lets the command through to the debugger. */
function runInHelp(ui: UiState, top: number, command: Command, facts: Facts): Outcome | undefined {
  const { height, total } = facts.extent(ui, 'help');
  const to = (line: number): Outcome => stay({ ...ui, help: { top: clamp(line, height, total) } });
  switch (command.kind) {
    case 'line':
    case 'step':
      return to(top + Math.sign(command.by));
    case 'page':
      return to(top + pageLines(command.by, height));
    case 'end':
      return to(command.which === 'first' ? 0 : total);
    case 'help':
    case 'close':
    case 'quit':
      return stay({ ...ui, help: undefined });
    case 'interrupt':
    case 'suspend':
    case 'redraw':
    case 'resize':
    case 'ascii':
    case 'say':
      return undefined;
    case 'threadStep':
    case 'violation':
    case 'firstViolation':
    case 'goto':
    case 'focus':
    case 'pane':
    case 'zoom':
    case 'showAll':
    case 'prompt':
      return run({ ...ui, help: undefined }, command, facts);
  }
}

function typeIntoPrompt(ui: UiState, text: string, key: string, facts: Facts): Outcome {
  if (key === 'ctrl+c') return { ui, effect: { kind: 'interrupt' } };
  if (key === 'ctrl+z' || key === 'ctrl+l')
    return { ui, effect: { kind: key === 'ctrl+z' ? 'suspend' : 'redraw' } };
  if (key === 'escape') return stay({ ...ui, prompt: undefined });
  if (key === 'enter') return runLine({ ...ui, prompt: undefined }, text.trim(), facts);
  if (key === 'backspace')
    return stay({ ...ui, prompt: text === '' ? undefined : characters(text).slice(0, -1).join('') });
  if (key === 'ctrl+u') return stay({ ...ui, prompt: '' });
  const character = key === 'space' ? ' ' : key;
  return characters(character).length === 1 ? stay({ ...ui, prompt: text + plain(character) }) : stay(ui);
}

/** A finished `:` line: a step, a pane or a command by name, the two last by any beginning that only one has. */
function runLine(ui: UiState, line: string, facts: Facts): Outcome {
  if (line === '') return stay(ui);
  if (/^\d+$/.test(line)) return run(ui, { kind: 'goto', step: Number(line) }, facts);
  const [name = '', argument] = line.split(/\s+/);
  const count = argument !== undefined && /^\d+$/.test(argument) ? Number(argument) : undefined;
  if (argument !== undefined && count === undefined) return stay(say(ui, `not a number: ${argument}`));
  const pane = PANES.find((p) => p === name);
  if (pane !== undefined) return run(ui, { kind: 'pane', pane }, facts);
  const binding = KEYMAP.find((b) => b.name === name || b.keys.includes(name));
  if (binding !== undefined) return run(ui, binding.command, facts, count);
  const known = [...PANES, ...KEYMAP.map((b) => b.name)].filter((n) => n.startsWith(name));
  if (known.length === 1)
    return runLine(ui, [known[0], argument].filter((part) => part !== undefined).join(' '), facts);
  if (known.length > 1) return stay(say(ui, `:${name} could be ${known.slice(0, 4).join(', ')}`));
  return stay(say(ui, `no such command: ${name} - ? for help`));
}
