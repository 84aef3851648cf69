// SPDX-License-Identifier: GPL-2.0-only
// Owns the section `debugger` of the bench: what start-up, keys and frames cost, measured on the built program.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { openInTerminal } from '../test/support/terminal.ts';
import { median, mmreplay, printTable, root, seconds } from './bench-table.ts';

const demo = `${root}traces/stock-truncate.json`;

function percentile(all: readonly number[], p: number): number {
  return [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor((all.length * p) / 100))] ?? NaN;
}

/** CPU seconds of all children waited for so far (user and system; a tick is 10 ms). */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU seconds of one process, all its threads. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Mean CPU and median wall time of a command, over some runs. */
function command(args: readonly string[], runs: number): { cpu: number; wall: number } {
  const walls: number[] = [];
  const before = childrenCpu();
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    spawnSync(process.execPath, [mmreplay, ...args], { stdio: 'ignore' });
    walls.push(performance.now() - start);
  }
  return { cpu: (childrenCpu() - before) / runs, wall: median(walls) / 1000 };
}

/** Seconds from the start of a process to its first whole frame, cold. */
async function firstFrame(runs: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const terminal = openInTerminal([process.execPath, mmreplay, demo], { cols: 80, rows: 24 });
    await terminal.waitFor('? help');
    times.push(performance.now() - start);
    terminal.send('q');
    await terminal.exited;
  }
  return median(times) / 1000;
}

interface Stepping {
  readonly bytes: readonly number[];
  readonly cpu: number;
}

/** Steps through the demo forward and back, key by key. */
async function stepping(cols: number, rows: number): Promise<Stepping> {
  const terminal = openInTerminal([process.execPath, mmreplay, demo], { cols, rows });
  await terminal.waitFor('? help');
  const bytes: number[] = [];
  for (const key of 's'.repeat(20)) await terminal.press(key, 30);
  const cpu = cpuOf(terminal.pid);
  const keys = 's'.repeat(20) + 'S'.repeat(30);
  for (const key of keys) bytes.push(await terminal.press(key, 30));
  const used = (cpuOf(terminal.pid) - cpu) / keys.length;
  terminal.send('q');
  await terminal.exited;
  return { bytes, cpu: used };
}

export async function benchDebugger(): Promise<void> {
  const rows: { what: string; measured: string; bound: string }[] = [];
  const bare = median(
    Array.from({ length: 10 }, () => {
      const start = performance.now();
      spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
      return performance.now() - start;
    }),
  );
  rows.push({ what: 'node -e 0, wall', measured: seconds(bare / 1000), bound: '-' });
  const help = command(['--help'], 10);
  rows.push({ what: 'mmreplay --help, CPU', measured: seconds(help.cpu), bound: '0.30 s' });
  rows.push({
    what: 'demo trace to its first frame, 80x24, cold',
    measured: seconds(await firstFrame(7)),
    bound: '0.40 s',
  });
  const explore = command(['explore', 'frlock', 'truncate'], 5);
  rows.push({ what: 'mmreplay explore frlock truncate, wall', measured: seconds(explore.wall), bound: '-' });
  for (const [cols, lines] of [
    [80, 24],
    [200, 60],
  ] as const) {
    const { bytes, cpu } = await stepping(cols, lines);
    rows.push({
      what: `a step at ${cols}x${lines}, bytes, median / 99th`,
      measured: `${median(bytes)} / ${percentile(bytes, 99)}`,
      bound: '-',
    });
    rows.push({
      what: `a step at ${cols}x${lines}, CPU, mean`,
      measured: `${(cpu * 1000).toFixed(1)} ms`,
      bound: '-',
    });
  }
  printTable([
    ['what', 'measured', 'bound'],
    ...rows.map(({ what, measured, bound }) => [what, measured, bound]),
  ]);
}
