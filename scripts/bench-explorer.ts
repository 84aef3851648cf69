// SPDX-License-Identifier: GPL-2.0-only
// Owns the sections `cold`, `scale` and `reduced` of the bench: mmreplay beside SPIN, in one run, on the same models.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { availableParallelism, tmpdir } from 'node:os';
import { loadModel } from '../src/cli/load-model.ts';
import { logicalName } from '../src/cli/shipped.ts';
import { rows, type Row } from '../src/kernel/catalogue.ts';
import { writeLowered } from '../src/workbench/lowered.ts';
import type { Kept, Measured } from './bench-search.ts';
import { hasSpin, Spin, type Pipeline } from './bench-spin.ts';
import { atLeast, median, mmreplay, printTable, ratio, root, say, seconds, told } from './bench-table.ts';

/** Seconds after which the searches of the last table are ended. */
const LIMIT = 60;

/** Of a cold process, at most. */
const RUNS = 3;

const PAN = ['-n', '-m1000000'];
/** SPIN at its fastest overall: the search is short, and the compiler is most of it. */
const FASTEST = { spin: [], gcc: ['-O0', '-DSAFETY'], pan: ['-n', '-m100000'] };
/** State by state what mmreplay does with its reductions off: no optimisation of spin that merges or drops states. */
const STATE_BY_STATE = {
  spin: ['-o1', '-o2', '-o3'],
  gcc: ['-O2', '-DSAFETY', '-DNOREDUCE', '-DMEMLIM=16000'],
};
/** SPIN with all that makes the state space smaller. */
const REDUCED = { spin: [], gcc: ['-O2', '-DSAFETY', '-DMEMLIM=8000'] };

interface Model {
  readonly protocol: string;
  readonly scenario: string;
  readonly defines: readonly string[];
}

const faults = (...defines: string[]): Model => ({
  protocol: 'counter',
  scenario: 'truncate-faults',
  defines,
});

/** About 10^2, 10^4, 10^6 and 10^7 states; and the bits of pan's hash table (-w) for so many. */
const SCALE: readonly (Model & { readonly bits: number; readonly isLong?: true })[] = [
  { ...faults('FAULTERS=0', 'FILE_PAGES=2'), bits: 16 },
  { ...faults('FAULTERS=1', 'FILE_PAGES=2'), bits: 16 },
  { ...faults('FAULTERS=2', 'FILE_PAGES=2'), bits: 21 },
  { ...faults('FAULTERS=2', 'FILE_PAGES=4', 'NR_PAGES=8'), bits: 24, isLong: true },
];

/** The matrix, and cold processes on every row. */
export async function benchCold(quick: boolean): Promise<void> {
  await beside((spin) => {
    matrixTable();
    coldTable(spin, quick);
    return Promise.resolve();
  });
}

/** Speed and memory, reductions off, up to 10^7 states. */
export async function benchScale(quick: boolean): Promise<void> {
  await beside((spin, searches) => scaleTable(spin, searches, quick));
}

/** Up to four faulting threads, reductions on. */
export async function benchReduced(): Promise<void> {
  await beside((spin, searches) => reducedTable(spin, searches));
}

async function beside(measure: (spin: Spin | undefined, searches: Searches) => Promise<void>): Promise<void> {
  const spin = hasSpin() ? new Spin() : undefined;
  if (spin === undefined)
    process.stdout.write(
      'SPIN or gcc is not installed, so nothing is compared: apt-get install spin gcc\n\n',
    );
  const searches = await new Searches().build();
  try {
    await measure(spin, searches);
  } finally {
    searches.remove();
    spin?.remove();
  }
}

/** Searches, each in a process of its own. */
class Searches {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'mmreplay-bench-'));

  /** scripts/bench-search.ts as one file that Node runs. */
  async build(): Promise<this> {
    await build({
      stdin: {
        contents: `import { main } from './bench-search.ts'; await main(process.argv.slice(2));`,
        resolveDir: path.join(root, 'scripts'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: this.#program,
      logLevel: 'error',
    });
    return this;
  }

  /** Compiles a model here, so that no search has a parser in it. */
  async keep(wanted: Model): Promise<void> {
    const stderr = { write: (text: string) => process.stderr.write(text), isTTY: false };
    const model = await loadModel({ ...wanted, includeDirs: [], memory: 'sc' }, { stderr, env: {} });
    const { protocol, scenario, defines } = model.model;
    const isOwn = wanted.protocol.endsWith('.c');
    const names = {
      protocol: isOwn ? path.basename(wanted.protocol) : logicalName('protocol', protocol),
      scenario: isOwn ? path.basename(wanted.scenario) : logicalName('scenario', scenario),
      defines,
    };
    const lowered = writeLowered([{ ...model, names }], '');
    const kept: Kept = { names, lowered, sources: model.program.sources };
    writeFileSync(this.#fileOf(wanted), JSON.stringify(kept));
  }

  /** `model` has been kept. */
  run(model: Model, how: 'plain' | 'reduce', limit: number): Measured {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=16000', this.#program, this.#fileOf(model), how, String(limit)],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`the search of ${nameOf(model)} failed: ${stderr}`);
    return JSON.parse(stdout) as Measured;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #program(): string {
    return path.join(this.folder, 'search.mjs');
  }

  #fileOf(model: Model): string {
    return path.join(this.folder, `${fileNameOf(model)}.json`);
  }
}

function matrixTable(): void {
  const times = [1, 2, 3].map(() => wall(['matrix']));
  printTable([
    ['what', 'measured', 'bound'],
    [
      `the whole matrix, ${rows.length} rows, cold, ${availableParallelism()} threads`,
      seconds(median(times)),
      '10 s',
    ],
  ]);
}

/** Seconds of a cold process. */
function wall(args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [mmreplay, ...args], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  if (status === null || status >= 70) throw new Error(`mmreplay ${args.join(' ')} ended with ${status}`);
  return (performance.now() - started) / 1000;
}

const argumentsOf = ({ protocol, scenario, defines }: Model): string[] => [
  ...[protocol, scenario],
  ...defines.flatMap((define) => ['-D', define]),
];
const nameOf = ({ protocol, scenario, defines }: Model): string =>
  [
    ...new Set([protocol, scenario].map((name) => path.relative(root, path.resolve(root, name)))),
    ...defines,
  ].join(' ');

const fileNameOf = (model: Model): string => nameOf(model).replaceAll(/[ =/]/g, '-');

/** The model in Promela, with the values of so many states known; not timed. */
function exported(spin: Spin, model: Model, maxStates: number): string {
  const file = path.join(spin.folder, `${fileNameOf(model)}.pml`);
  if (existsSync(file)) return file;
  wall(['export', ...argumentsOf(model), '--to', 'promela', '-o', file, '--max-states', String(maxStates)]);
  return file;
}

/** From the command to the verdict, nothing kept from before. */
function coldTable(spin: Spin | undefined, quick: boolean): void {
  const wanted: readonly Row[] = quick ? rows.filter((_, i) => i % 8 === 3) : rows;
  const table: string[][] = [];
  const worst = { lowered: 0, parsed: 0 };
  const add = (name: string, model: Model, promela: string | undefined, isByHand = false): void => {
    say(`cold: ${name}`);
    // Where another process had the core, a second and third time of both tell; the best of each counts.
    let [lowered, parsed, whole] = [Infinity, Infinity, spin === undefined ? NaN : Infinity];
    for (let run = 0; run < RUNS && (run === 0 || lowered / whole > 0.5 || parsed / whole > 0.8); run += 1) {
      lowered = Math.min(lowered, wall(['explore', ...argumentsOf(model)]));
      parsed = Math.min(parsed, wall(['explore', ...argumentsOf(model)], { MMREPLAY_PARSE: '1' }));
      if (spin !== undefined && promela !== undefined)
        whole = Math.min(whole, sum(spin.run(promela, FASTEST, { cold: true })));
    }
    // Another model, with a tenth of the C in it: no bound is on it.
    if (!isByHand) {
      worst.lowered = Math.max(worst.lowered, lowered / whole || 0);
      worst.parsed = Math.max(worst.parsed, parsed / whole || 0);
    }
    const ratios = isByHand
      ? [told(lowered / whole), told(parsed / whole)]
      : [ratio(lowered / whole, 0.7)[0], ratio(parsed / whole, 1)[0]];
    table.push([
      name,
      seconds(lowered),
      seconds(parsed),
      Number.isNaN(whole) ? '-' : seconds(whole),
      ...ratios,
    ]);
  };
  for (const row of wanted) add(nameOf(row), row, spin && exported(spin, row, 200_000));
  const [lowered, parsed] = [ratio(worst.lowered, 0.7), ratio(worst.parsed, 1)];
  const exportedRows = table.length;
  const byHand = rows.find((row) => row.protocol === '2003-counter' && row.scenario === 'truncate');
  if (byHand !== undefined)
    add('2003-counter truncate, Promela written by hand', byHand, spin && `${root}bench/counter.pml`, true);
  const hand = table.splice(exportedRows);
  process.stdout.write(
    '\nCold process to verdict, wall time (above a ratio of 0.5 or 0.8, the best of three of each). lowered: the Program\n' +
      'comes from the build; parsed: from its C. SPIN: spin -a, gcc -O0 -DSAFETY, pan.\n\n',
  );
  printTable([
    ['row', 'lowered', 'parsed', 'SPIN', 'lowered/SPIN', 'parsed/SPIN'],
    ...table,
    ['worst of these', '', '', '', lowered[0], parsed[0]],
    ['bound', '', '', '', `${lowered[1]}, goal 0.5`, parsed[1]],
    ...hand,
  ]);
}

const sum = ({ spin, gcc, pan }: Pipeline): number => spin + gcc + pan;

/** State by state: how many a second, and what they take. */
async function scaleTable(spin: Spin | undefined, searches: Searches, quick: boolean): Promise<void> {
  const table: string[][] = [];
  for (const model of SCALE.filter(({ isLong }) => !quick || isLong !== true)) {
    await searches.keep(model);
    // The better of some, since another process may have had the core; by turns, since it may have had it for long.
    const tries = Array.from({ length: model.isLong === true ? 1 : 3 }, () => {
      say(`state by state: ${nameOf(model)}`);
      const ours = searches.run(model, 'plain', Infinity);
      return { ours, theirs: spin && scaleOf(spin, model, ours.states) };
    });
    const ours = best(
      tries.map((each) => each.ours),
      ({ seconds: time }) => time,
    );
    const theirs =
      spin &&
      best(
        tries.flatMap((each) => each.theirs ?? []),
        ({ elapsed }) => elapsed,
      );
    const isLarge = ours.states > 900_000;
    const our = ours.states / ours.seconds;
    // Where pan stopped at a value that the export had not foreseen, it did not search the same states.
    const isSame = theirs?.states === ours.states + 1;
    const their = theirs === undefined || !isSame ? NaN : theirs.states / theirs.elapsed;
    const speed = Number.isFinite(their) ? our / their : NaN;
    const memory = ours.peakBytes / (theirs === undefined || !isSame ? NaN : theirs.bytes);
    table.push([
      nameOf(model),
      String(ours.states),
      thousands(our),
      thousands(their),
      isLarge ? atLeast(speed, 1)[0] : told(speed),
      megabytes(ours.peakBytes),
      megabytes(theirs?.bytes ?? NaN),
      isLarge ? ratio(memory, 1)[0] : told(memory),
      theirs === undefined || isSame ? '' : `pan stored ${theirs.states}`,
    ]);
  }
  process.stdout.write(
    '\nReductions off on both sides, the same states (pan has one more, before init). Time: the search alone, ours in a\n' +
      'fresh process, as pan prints it (hundredths), the best of three but for the last. pan: spin -o1 -o2 -o3,\n' +
      'gcc -O2 -DSAFETY -DNOREDUCE. Memory: ours the peak of the process, all of Node included; the total that pan prints.\n\n',
  );
  printTable([
    ['model', 'states', 'ours/s', 'pan/s', 'ours/pan', 'ours', 'pan', 'ours/pan', ''],
    ...table,
    ['bound, from 10^6 on', '', '', '', '>= 1.0', '', '', '<= 1.0', ''],
  ]);
}

function best<T>(all: readonly T[], timeOf: (each: T) => number): T {
  return all.reduce((one, other) => (timeOf(other) < timeOf(one) ? other : one));
}

/** "812 k"; pan's clock shows nothing of a short search. */
function thousands(perSecond: number): string {
  return Number.isFinite(perSecond) ? `${Math.round(perSecond / 1000)} k` : '-';
}

function megabytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${Math.round(bytes / 2 ** 20)} MB` : '-';
}

function scaleOf(spin: Spin, model: (typeof SCALE)[number], states: number): Pipeline {
  const pan = [...PAN, `-w${model.bits}`];
  return spin.run(exported(spin, model, Math.min(states + 1, 1_000_000)), { ...STATE_BY_STATE, pan });
}

/** Both with all that they have; SAFE, or how far it came. */
async function reducedTable(spin: Spin | undefined, searches: Searches): Promise<void> {
  const table: string[][] = [];
  const counter = path.join(root, 'bench', 'counter.c');
  const cutDown = (...defines: string[]): Model => ({ protocol: counter, scenario: counter, defines });
  const models = [
    faults('FAULTERS=1'),
    faults('FAULTERS=2'),
    ...[1, 2].map((pages) => cutDown('FAULTERS=4', `PAGES=${pages}`)),
  ];
  for (const model of models) {
    await searches.keep(model);
    say(`reduced: ${nameOf(model)}`);
    const ours = searches.run(model, 'reduce', LIMIT);
    const theirs = spin?.run(
      exported(spin, model, 200_000),
      { ...REDUCED, pan: [...PAN, '-w24'] },
      { limit: LIMIT },
    );
    const isCutOff =
      theirs !== undefined && (theirs.isCutOff || Number.isNaN(theirs.elapsed) || theirs.errors > 0);
    const isBound = model.defines.includes('FAULTERS=4') && !model.defines.includes('PAGES=1');
    const known = ours.isComplete && theirs ? ours.seconds / theirs.pan : NaN;
    const quotient = isBound ? ratio(known, 0.2) : [told(known), '-'];
    table.push([
      nameOf(model),
      ours.isComplete ? ours.verdict : `cut off`,
      String(ours.states),
      seconds(ours.seconds),
      theirs === undefined
        ? '-'
        : isCutOff
          ? `cut off${theirs.errors > 0 ? ` (errors: ${theirs.errors})` : ''}`
          : 'SAFE',
      theirs === undefined ? '-' : String(theirs.states),
      theirs === undefined ? '-' : seconds(theirs.pan),
      `${isCutOff && ours.isComplete ? '< ' : ''}${quotient[0]}`,
      quotient[1] ?? '',
    ]);
  }
  process.stdout.write(
    `\nReductions on, both sides; each search is ended after ${LIMIT} s, pan at 8 GB as well. pan: spin -a, gcc -O2 -DSAFETY\n` +
      "(its partial-order reduction); time of pan's process, without the compiler.\n\n",
  );
  printTable([['model', 'ours', 'states', 'time', 'pan', 'states', 'time', 'ours/pan', 'bound'], ...table]);
}
