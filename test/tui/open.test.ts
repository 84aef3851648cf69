// SPDX-License-Identifier: GPL-2.0-only

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bundleForTerminal } from '../support/terminal-bundle.ts';
import { openInTerminal, sleep, type TerminalDriver, type TerminalOptions } from '../support/terminal.ts';

let program = '';
let terminal: TerminalDriver;

beforeAll(async () => {
  program = await bundleForTerminal('test/support/open-sample.tsx');
});

afterEach(async () => {
  await terminal.close();
});

async function opened(options: TerminalOptions = {}, ...args: string[]): Promise<TerminalDriver> {
  terminal = openInTerminal([process.execPath, program, ...args], options);
  await terminal.waitFor('RACY I1');
  await terminal.settle();
  return terminal;
}

/** In a shell, which afterwards prints what the terminal driver thinks of the terminal. */
async function openedInShell(env: TerminalOptions['env'] = {}): Promise<TerminalDriver> {
  const command = `'${process.execPath}' '${program}'; echo "code=$?"; stty -a | tr ' ;' '\\n\\n' | grep -x -e '-*icanon' -e '-*echo' -e '-*isig' | tr '\\n' ' '; echo done`;
  terminal = openInTerminal(['/bin/sh', '-c', command], { env, rows: 24 });
  await terminal.waitFor('RACY I1');
  return terminal;
}

const sane = /(?=.*(^| )icanon )(?=.*(^| )echo )(?=.*(^| )isig )/m;

describe('what a newcomer sees', () => {
  test('the first screen says what is wrong and which key leads there', async () => {
    await opened();
    expect(terminal.onAlternateScreen).toBe(true);
    expect(terminal.cursorVisible).toBe(false);
    const screen = terminal.screen();
    expect(screen[0]).toMatch(/^ sample\.json {3}step 0\/15 {2}start +RACY I1 @13 {2}! shows it$/);
    expect(screen[1]).toMatch(/CPU0 truncate ━+ CPU1 fault/);
    expect(screen[23]).toContain('s/S step');
    expect(screen[23]).toContain('? help');
  });

  test('! goes to the bad step, named with pte, page and invariant', async () => {
    await opened();
    await terminal.press('!');
    const text = terminal.text();
    expect(terminal.screen()[0]).toContain('step 13/15  CPU1');
    expect(terminal.screen()[0]).toContain('RACY I1 @13 HERE');
    expect(text).toContain('!! I1 VIOLATED at step 13: pte[0] maps page[0], which truncate has removed');
    expect(text).toMatch(/^>13! .*set_pte/m);
    expect(text).toMatch(/^! pte\[0\] .*page\[0\] present write {2}stale/m);
    expect(text).toMatch(/^! page\[0\] .*mapping NULL.* truncated/m);
    expect(text).toMatch(/^17\* +set_pte\(&pte\[index\], mk_pte\(page, 1\)\);/m);
  });

  test('all 24 lines are used, and nothing scrolls', async () => {
    await opened();
    await terminal.press('!');
    expect(terminal.screen().filter((line) => line === '').length).toBeLessThanOrEqual(1);
    expect(terminal.output.split('\u001B[?1049h')[1]).not.toContain('\n');
  });
});

describe('sizes', () => {
  test.each([
    [40, 12],
    [120, 40],
    [200, 60],
  ])('%ix%i names step, pte, page and invariant', async (cols, rows) => {
    await opened({ cols, rows });
    await terminal.press('!');
    const text = terminal.text().replaceAll(/\s+/g, ' ');
    expect(terminal.screen()[0]).toContain('step 13/15');
    expect(text).toContain('I1 VIOLATED at step 13: pte[0] maps page[0]');
    expect(terminal.screen().every((line) => line.length <= cols)).toBe(true);
  });

  test('side by side from 120 columns', async () => {
    await opened({ cols: 120, rows: 40 });
    expect(terminal.screen()[1]).toMatch(/1 lanes ━│─.* 2 source ─$/);
  });

  test('resizing keeps the place and leaves nothing behind', async () => {
    await opened();
    await terminal.press('!');
    const before = terminal.screen();
    terminal.resize(120, 40);
    await terminal.waitFor('4 timeline');
    terminal.resize(40, 12);
    await terminal.waitFor(/^ step 13\/15/);
    terminal.resize(80, 24);
    await terminal.waitFor(before.join('\n'));
  });
});

describe('any terminal', () => {
  test('NO_COLOR: no colour at all, and everything still said', async () => {
    await opened({ env: { NO_COLOR: '1' } });
    await terminal.press('!');
    const colours = terminal
      .cells()
      .flat()
      .filter((cell) => cell.foreground !== -1 || cell.background !== -1);
    expect(colours).toEqual([]);
    expect(terminal.text()).toContain('VIOLATED');
    expect(
      terminal
        .cells()
        .flat()
        .some((cell) => cell.inverse),
    ).toBe(true);
  });

  test('with colour only the sixteen, and no dark blue', async () => {
    await opened();
    await terminal.press('!');
    const colours = new Set(
      terminal
        .cells()
        .flat()
        .map((cell) => cell.foreground),
    );
    expect(Math.max(...colours)).toBeLessThan(16);
    expect(colours.has(4)).toBe(false);
    expect(colours.size).toBeGreaterThan(3);
  });

  test.each([{ LANG: 'C' }, { LC_ALL: 'POSIX' }, { LANG: undefined }])('%o: ASCII only', async (env) => {
    await opened({ env: { ...env } });
    await terminal.press('!');
    // oxlint-disable-next-line no-control-regex
    expect(terminal.output).not.toMatch(/[^\u0000-\u007f]/);
    expect(terminal.text()).toContain('==== CPU0 truncate ====');
  });

  test('~ changes the line art at any time', async () => {
    await opened();
    await terminal.press('~');
    expect(terminal.text()).toContain('==== CPU0 truncate ====');
    await terminal.press('~');
    expect(terminal.text()).toContain('━━━━ CPU0 truncate ━━━━');
  });

  test('old terminals are not told of synchronised output', async () => {
    await opened({ env: { TERM: 'vt100' } });
    await terminal.press('!');
    expect(terminal.text()).toContain('VIOLATED');
    expect(terminal.output).not.toContain('\u001B[?2026h');
  });
});

describe('keys', () => {
  test('no key of a burst is lost', async () => {
    await opened();
    await terminal.press('ssss');
    expect(terminal.screen()[0]).toContain('step 4/15');
    await terminal.press('\u001B[C\u001B[C\u001B[C\u001B[D');
    expect(terminal.screen()[0]).toContain('step 6/15');
    await terminal.press('5s');
    expect(terminal.screen()[0]).toContain('step 11/15');
    await terminal.press('2G');
    expect(terminal.screen()[0]).toContain('step 2/15');
    await terminal.press(':13\r');
    expect(terminal.screen()[0]).toContain('step 13/15');
  });

  test('an escape sequence in two pieces is still one key', async () => {
    await opened();
    terminal.send('\u001B');
    await sleep(5);
    await terminal.press('[C');
    expect(terminal.screen()[0]).toContain('step 1/15');
  });

  test('an unknown key says so and does nothing', async () => {
    await opened();
    await terminal.press('x');
    expect(terminal.screen()[23]).toBe(' no such key: x - ? for help');
    expect(terminal.screen()[0]).toContain('step 0/15');
  });

  test('a count, a command line and the help show themselves', async () => {
    await opened();
    await terminal.press('10');
    expect(terminal.screen()[23]).toBe(' 10  now a key: s steps 10, G goes to step 10, Esc forgets');
    await terminal.press('\u001B');
    await terminal.press(':4');
    expect(terminal.screen()[23]).toMatch(/^ :4/);
    await terminal.press('\u001B');
    await terminal.press('?');
    expect(terminal.text()).toContain('step forward, whichever thread it is');
    await terminal.press('G');
    expect(terminal.text()).toContain('Signs');
    await terminal.press('q');
    expect(terminal.screen()[1]).toContain('CPU0 truncate');
  });

  test('Ctrl-L repairs the screen', async () => {
    await opened();
    const before = terminal.screen();
    expect(await terminal.press('\u000C')).toBeGreaterThan(1000);
    expect(terminal.screen()).toEqual(before);
  });

  test('opened at a step', async () => {
    await opened({}, '6');
    expect(terminal.screen()[0]).toContain('step 6/15');
  });
});

test('quiet: a step is small, an idle debugger writes nothing', async () => {
  await opened();
  await terminal.press('ss');
  const costs: number[] = [];
  for (let i = 0; i < 8; i++) costs.push(await terminal.press('s'));
  expect(Math.max(...costs)).toBeLessThan(2200);
  const before = terminal.bytes;
  await sleep(1200);
  expect(terminal.bytes).toBe(before);
});

describe('leaving', () => {
  test.each([
    ['q', 'q', 0],
    ['Q', 'Q', 0],
    [':q', ':q\r', 0],
    ['Ctrl-C', '\u0003', 130],
  ])('%s gives the terminal back', async (_, keys, code) => {
    await openedInShell();
    terminal.send(keys);
    await terminal.waitFor('done');
    expect(terminal.text()).toContain(`code=${code}`);
    expect(terminal.text()).toMatch(sane);
    expect(terminal.onAlternateScreen).toBe(false);
    expect(terminal.cursorVisible).toBe(true);
    expect(terminal.output).toContain('\u001B[?7h');
    expect(await terminal.exited).toEqual({ code: 0, signal: 0 });
  });

  test.each([
    ['later', '', 'Error: thrown by the sample'],
    ['render', '9s', 'RefusedEvent: step 9'],
  ])('an error thrown %s is printed after the terminal was given back', async (when, keys, message) => {
    await openedInShell({ SAMPLE_THROW: when });
    terminal.send(keys);
    await terminal.waitFor('done');
    expect(terminal.text()).toContain(`caught: ${message}`);
    expect(terminal.text()).toContain('code=70');
    expect(terminal.text()).toMatch(sane);
    expect(terminal.onAlternateScreen).toBe(false);
    expect(terminal.cursorVisible).toBe(true);
  });

  test.each([
    ['SIGTERM', 15],
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGQUIT', 3],
  ])('%s ends it as it ends any program, the terminal restored', async (signal, number) => {
    await opened();
    terminal.kill(signal);
    expect(await terminal.exited).toEqual({ code: 0, signal: number });
    await terminal.settle();
    expect(terminal.onAlternateScreen).toBe(false);
    expect(terminal.cursorVisible).toBe(true);
    expect(terminal.output.slice(terminal.output.lastIndexOf('\u001B[?1049l'))).toBe('\u001B[?1049l');
  });

  test('a terminal that goes away (a dropped ssh connection) ends it like SIGHUP', async () => {
    await opened();
    terminal.hangUp();
    expect(await terminal.exited).toEqual({ code: 0, signal: 1 });
  });

  test('Ctrl-Z and fg: the shell in between, then the same place', async () => {
    terminal = openInTerminal(['/bin/bash', '--norc', '--noprofile', '-i'], { env: { PS1: 'prompt$ ' } });
    await terminal.waitFor('prompt$');
    terminal.send(`'${process.execPath}' '${program}'\r`);
    await terminal.waitFor('RACY I1');
    await terminal.press('ss');
    const before = terminal.screen();
    terminal.send('\u001A');
    await terminal.waitFor('Stopped');
    expect(terminal.onAlternateScreen).toBe(false);
    expect(terminal.cursorVisible).toBe(true);
    terminal.send('echo a$((1+1))b\r');
    await terminal.waitFor('a2b');
    terminal.send('fg\r');
    await terminal.waitFor('step 2/15');
    await terminal.settle(200);
    expect(terminal.onAlternateScreen).toBe(true);
    expect(terminal.screen()).toEqual(before);
    await terminal.press('s');
    expect(terminal.screen()[0]).toContain('step 3/15');
    terminal.send('q');
    await terminal.waitFor('prompt$');
    terminal.send('exit\r');
    await terminal.exited;
  });
});
