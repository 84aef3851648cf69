// SPDX-License-Identifier: GPL-2.0-only
// Owns the command line: which commands and options there are, and all checks that need no file. Loads no command.

import yargs from 'yargs';
import { UserError } from '../base/user-error.ts';
import type { Reductions } from '../explore/reduce/reduction.ts';
import { nearest } from '../lang/diagnostics/suggest.ts';
import { MEMORY_MODELS, type MemoryModel } from '../machine/memory-model.ts';
import type { HelpTopic } from './help.ts';
import type { Io } from './io.ts';

/** Which model: names or files, and how they are to be read. */
export interface ModelArguments {
  readonly protocol: string;
  readonly scenario: string;
  /** NAME or NAME=VALUE each. */
  readonly defines: readonly string[];
  readonly includeDirs: readonly string[];
  readonly memory: MemoryModel;
}

/** What a search may cost, and how it is kept small. */
export interface SearchArguments {
  readonly maxStates: number | undefined;
  /** In bytes. */
  readonly memoryLimit: number | undefined;
  /** In milliseconds. */
  readonly timeLimit: number | undefined;
  readonly reduce: Reductions | undefined;
}

/** Which schedules are tried. */
export type Method =
  | { readonly kind: 'complete' | 'all' }
  /** `changes`: priorities (PCT) that change so often; null: every thread equally likely. */
  | { readonly kind: 'random'; readonly runs: number; readonly seed: number; readonly changes: number | null }
  | { readonly kind: 'preemptions'; readonly most: number };

export interface ExploreArguments extends ModelArguments {
  readonly output: string | undefined;
  readonly search: SearchArguments;
  readonly method: Method;
  readonly json: boolean;
  readonly full: boolean;
}

export interface RecordArguments extends ModelArguments {
  readonly output: string;
  readonly schedule: string | undefined;
  readonly seed: number | undefined;
  readonly safeRun: boolean;
  readonly search: SearchArguments;
}

export interface ExportArguments extends ModelArguments {
  readonly to: 'promela';
  /** undefined: standard output. */
  readonly output: string | undefined;
  readonly maxStates: number | undefined;
}

export interface InspectArguments {
  /** `-` is standard input; so everywhere. */
  readonly file: string;
  readonly json: boolean;
  readonly full: boolean;
}

export interface ListArguments {
  readonly json: boolean;
}

export interface MatrixArguments {
  /** Names, or parts of names; empty: all. */
  readonly protocols: readonly string[];
  readonly scenario: string | undefined;
  readonly maxStates: number | undefined;
  /** Threads; undefined: as many as the machine has. */
  readonly jobs: number | undefined;
  readonly json: boolean;
  readonly markdown: boolean;
  /** Print no times, so that the same matrix is the same bytes. */
  readonly noTime: boolean;
}

export interface OpenArguments {
  readonly file: string;
}

export type Request =
  | { readonly help: HelpTopic; readonly asked: boolean }
  | { readonly version: true }
  /** Resolves with the exit code. */
  | { readonly command: (io: Io) => Promise<number> };

type Options = Readonly<Record<string, { readonly alias?: string; readonly type: 'boolean' | 'string' }>>;

const HELP = { help: { alias: 'h', type: 'boolean' } } as const;
const MODEL = {
  define: { alias: 'D', type: 'string' },
  include: { alias: 'I', type: 'string' },
  output: { alias: 'o', type: 'string' },
  'max-states': { type: 'string' },
  memory: { type: 'string' },
} as const;
const SEARCH = {
  'memory-limit': { type: 'string' },
  'time-limit': { type: 'string' },
  reduce: { type: 'string' },
} as const;

/** The options of each command; '' is the opening of a trace. */
export const OPTIONS: Readonly<Record<HelpTopic, Options>> = {
  '': { ...HELP, version: { alias: 'V', type: 'boolean' } },
  explore: {
    ...HELP,
    ...MODEL,
    ...SEARCH,
    random: { type: 'string' },
    seed: { type: 'string' },
    pct: { type: 'string' },
    preemptions: { type: 'string' },
    all: { type: 'boolean' },
    full: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  record: {
    ...HELP,
    ...MODEL,
    ...SEARCH,
    schedule: { type: 'string' },
    seed: { type: 'string' },
    'safe-run': { type: 'boolean' },
  },
  export: { ...HELP, ...MODEL, to: { type: 'string' } },
  inspect: { ...HELP, full: { type: 'boolean' }, json: { type: 'boolean' } },
  matrix: {
    ...HELP,
    scenario: { type: 'string' },
    'max-states': { type: 'string' },
    jobs: { alias: 'j', type: 'string' },
    json: { type: 'boolean' },
    markdown: { type: 'boolean' },
    'no-time': { type: 'boolean' },
  },
  list: { ...HELP, json: { type: 'boolean' } },
};

export const COMMANDS = Object.keys(OPTIONS).filter((name): name is HelpTopic => name !== '');

/** Throws UserError `usage` when the command line makes no sense. */
export function parseArguments(argv: readonly string[]): Request {
  const words = [...separated(argv)];
  const topic = COMMANDS.find((name) => name === words[0]) ?? '';
  const given = new Given(topic, parse(topic, topic === '' ? words : words.slice(1)));
  if (given.flag('help')) return { help: topic, asked: true };
  switch (topic) {
    case 'explore': {
      const wanted: ExploreArguments = {
        ...given.model(),
        output: given.output(),
        search: given.search(),
        method: methodOf(given),
        json: given.flag('json'),
        full: given.flag('full'),
      };
      return { command: async (io) => (await import('./commands/explore.ts')).explore(wanted, io) };
    }
    case 'record': {
      const wanted: RecordArguments = {
        ...given.model(),
        output: given.output() ?? given.refuse('record needs -o FILE: the trace to write'),
        schedule: given.one('schedule'),
        seed: given.seed(),
        safeRun: given.flag('safe-run'),
        search: given.search(),
      };
      if (wanted.schedule !== undefined && wanted.seed !== undefined) {
        given.refuse('--schedule says the whole run, so --seed has nothing to choose: give one of them');
      }
      return { command: async (io) => (await import('./commands/record.ts')).record(wanted, io) };
    }
    case 'export': {
      const to = given.one('to') ?? given.refuse('export needs --to promela: what to write');
      const wanted: ExportArguments = {
        ...given.model(),
        to: to === 'promela' ? to : given.refuse(`--to takes promela, not '${to}'`),
        output: given.one('output'),
        maxStates: given.whole('max-states'),
      };
      return { command: async (io) => (await import('./commands/export.ts')).exportModel(wanted, io) };
    }
    case 'inspect': {
      const file = given.file() ?? given.refuse('inspect needs a FILE: a trace');
      const wanted: InspectArguments = { file, json: given.flag('json'), full: given.flag('full') };
      return { command: async (io) => (await import('./commands/inspect.ts')).inspect(wanted, io) };
    }
    case 'matrix': {
      const wanted: MatrixArguments = {
        protocols: given.positionals(Infinity),
        scenario: given.one('scenario'),
        maxStates: given.whole('max-states'),
        jobs: given.whole('jobs'),
        json: given.flag('json'),
        markdown: given.flag('markdown'),
        noTime: given.flag('no-time'),
      };
      if (wanted.json && wanted.markdown)
        given.refuse('--json and --markdown are two forms: give one of them');
      if (wanted.jobs === 0) given.refuse('--jobs takes a whole number from 1 on, not 0');
      return { command: async (io) => (await import('./commands/matrix.ts')).matrix(wanted, io) };
    }
    case 'list': {
      given.positionals(0);
      const wanted: ListArguments = { json: given.flag('json') };
      return { command: async (io) => (await import('./commands/list.ts')).list(wanted, io) };
    }
    case '': {
      if (given.flag('version')) return { version: true };
      const file = given.file();
      if (file === undefined) return { help: '', asked: false };
      const wanted: OpenArguments = { file };
      return { command: async (io) => (await import('./commands/open.ts')).open(wanted, io) };
    }
  }
}

/** Refuses options that speak of different ways to search. */
function methodOf(given: Given): Method {
  const ways = ['random', 'preemptions', 'all'].filter((name) => given.has(name));
  const [way, other] = ways;
  if (way !== undefined && other !== undefined)
    given.refuse(`--${way} and --${other} are different ways to search: give one of them`);
  if (way !== 'random') {
    if (given.has('seed'))
      given.refuse('--seed chooses random runs, and there are none: give --random N, too');
    if (given.has('pct'))
      given.refuse('--pct says how random runs choose, and there are none: give --random N, too');
  } else if (given.has('max-states')) {
    given.refuse('--max-states bounds a search, and --random N makes N runs: give one of them');
  }
  if (way !== undefined && given.has('reduce'))
    given.refuse(`--reduce is about a complete search, which --${way} is not: give one of them`);
  switch (way) {
    case 'random':
      return {
        kind: 'random',
        runs: given.whole('random', 1) ?? 1,
        seed: given.seed() ?? DEFAULT_SEED,
        changes: given.whole('pct', 1) ?? null,
      };
    case 'preemptions':
      return { kind: 'preemptions', most: given.whole('preemptions') ?? 0 };
    case 'all':
      return { kind: 'all' };
    default:
      return { kind: 'complete' };
  }
}

/** The seed of random runs when none is given: the same command does the same again. */
const DEFAULT_SEED = 1;
const LARGEST_SEED = 2 ** 32 - 1;

const REDUCTIONS = [
  'locks',
  'local',
  'symmetry',
  'persistent',
] as const satisfies readonly (keyof Reductions)[];
const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** /dev/stdout, /dev/null, the /dev/fd/63 of a shell's >(…): may have any name. */
export function isDevice(file: string): boolean {
  return file.startsWith('/dev/');
}

/** Options by name and positionals under `_`; refuses options that the command does not have. */
function parse(topic: HelpTopic, words: readonly string[]): Readonly<Record<string, unknown>> {
  const refuse = (message: string): never => {
    throw usage(topic, message);
  };
  for (const word of words) {
    const name = /^--([^=]+)=/.exec(word)?.[1];
    if (name !== undefined && OPTIONS[topic][name]?.type === 'boolean') refuse(`--${name} takes no value`);
  }
  const options = Object.entries(OPTIONS[topic]).map(([name, { alias, type }]) => {
    const more = type === 'string' ? { requiresArg: true } : {};
    return [name, alias === undefined ? { type, ...more } : { alias, type, ...more }] as const;
  });
  return yargs()
    .help(false)
    .version(false)
    .options(Object.fromEntries(options))
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'parse-positional-numbers': false,
      'parse-numbers': false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .strictOptions()
    .fail((message: string | null, error: Error | undefined) =>
      refuse(inOurWords(topic, message ?? String(error))),
    )
    .parseSync([...words]);
}

/** As compilers take them: -DNAME, -Idir, -ofile and -j4 in one word. Behind `--` nothing is an option. */
function* separated(argv: readonly string[]): Generator<string> {
  for (const [index, word] of argv.entries()) {
    if (word === '--') {
      for (const name of argv.slice(index + 1)) yield /^-./.test(name) ? `./${name}` : name;
      return;
    }
    const joined = /^(-[DIoj])=?([^]+)$/.exec(word);
    if (joined === null) yield word;
    else yield* joined.slice(1);
  }
}

/** yargs says what is wrong; we say it with the option as it was typed, and what would be right. */
function inOurWords(topic: HelpTopic, message: string): string {
  const [, what, list] = /^(Unknown arguments?|Not enough arguments following): (.*)$/.exec(message) ?? [];
  const name = list?.split(', ')[0]?.trim();
  if (name === undefined) return message;
  if (what === 'Not enough arguments following') return `${dashed(name)} needs a value`;
  const known = Object.keys(OPTIONS[topic]);
  const meant = name.length > 1 ? nearest(name, known) : undefined;
  return (
    `${topic === '' ? 'there is' : `${topic} has`} no option ${dashed(name)}` +
    (meant === undefined ? '' : `; did you mean --${meant}?`)
  );
}

const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);

function usage(topic: HelpTopic, message: string): UserError {
  return new UserError('usage', message, `See: mmreplay ${topic === '' ? '' : `${topic} `}--help`);
}

/** What was given on the command line of one command. */
class Given {
  readonly #topic: HelpTopic;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(topic: HelpTopic, values: Readonly<Record<string, unknown>>) {
    this.#topic = topic;
    this.#values = values;
  }

  refuse(message: string): never {
    throw usage(this.#topic, message);
  }

  positionals(most: number): readonly string[] {
    const words = this.#many('_');
    const extra = words[most];
    if (extra === undefined) return words;
    if (this.#topic === '') {
      const meant = nearest(words[0] ?? '', COMMANDS);
      const known =
        meant === undefined ? `the commands are ${COMMANDS.join(', ')}` : `did you mean ${meant}?`;
      return this.refuse(`there is no command '${words[0]}'; ${known}`);
    }
    return this.refuse(`one argument too many: '${extra}'`);
  }

  /** The trace to read. */
  file(): string | undefined {
    const [file] = this.positionals(1);
    return file === '' ? this.refuse('the FILE has an empty name') : file;
  }

  model(): ModelArguments {
    const [protocol, scenario] = this.positionals(2);
    if (protocol === undefined) this.refuse(`${this.#topic} needs a PROTOCOL and a SCENARIO`);
    if (scenario === undefined) this.refuse(`${this.#topic} needs a SCENARIO, too`);
    const defines = this.#many('define');
    const wrong = defines.find((define) => !/^[A-Za-z_]\w*(?:=[^]*)?$/.test(define));
    if (wrong !== undefined) this.refuse(`-D takes NAME or NAME=VALUE, not '${wrong}'`);
    return { protocol, scenario, defines, includeDirs: this.#many('include'), memory: this.#memory() };
  }

  #memory(): MemoryModel {
    const name = this.one('memory') ?? 'sc';
    const known = MEMORY_MODELS.find((model) => model === name);
    return known ?? this.refuse(`--memory takes sc, tso or weak, not '${name}'`);
  }

  /** -o FILE, of a kind that can be written. */
  output(): string | undefined {
    const path = this.one('output');
    if (path === undefined || /\.jsonl?(?:\.gz)?$/.test(path) || isDevice(path)) return path;
    if (path === '-') this.refuse('-o -: standard output is named /dev/stdout here');
    return this.refuse(`-o ${path}: a trace is named .json or .jsonl, with .gz behind it or not`);
  }

  flag(name: string): boolean {
    const value = this.#values[name];
    if (Array.isArray(value)) return value.includes(true);
    return value === true;
  }

  one(name: string): string | undefined {
    const values = this.#many(name);
    if (values.length > 1) this.refuse(`--${name} is given ${values.length} times; once is enough`);
    return values[0];
  }

  has(name: string): boolean {
    return this.flag(name) || this.#many(name).some((value) => value !== 'false');
  }

  whole(name: string, least = 0): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const from = least === 0 ? '' : ` from ${least} on`;
    if (!/^\d{1,15}$/.test(text) || Number(text) < least)
      this.refuse(`--${name} takes a whole number${from}, not '${text}'`);
    return Number(text);
  }

  seed(): number | undefined {
    const seed = this.whole('seed');
    return seed !== undefined && seed > LARGEST_SEED
      ? this.refuse(`--seed takes a number up to ${LARGEST_SEED}, not ${seed}`)
      : seed;
  }

  search(): SearchArguments {
    return {
      maxStates: this.whole('max-states', 1),
      memoryLimit: this.#measure(
        'memory-limit',
        /^(\d+(?:\.\d+)?)([KMGT])(?:i?B)?$/i,
        UNITS,
        'a size: 500M or 2G',
      ),
      timeLimit: this.#measure(
        'time-limit',
        /^(\d+(?:\.\d+)?)(ms|s|m|h)$/i,
        DURATIONS,
        'a duration: 30s, 5m or 1h',
      ),
      reduce: this.#reductions(),
    };
  }

  /** A number with a unit. */
  #measure(
    name: string,
    shape: RegExp,
    units: Readonly<Record<string, number>>,
    what: string,
  ): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const [, count = '0', unit = ''] =
      shape.exec(text) ?? this.refuse(`--${name} takes ${what}, not '${text}'`);
    const value = Math.floor(Number(count) * (units[unit.toLowerCase()] ?? 1));
    return value > 0 ? value : this.refuse(`--${name} ${text} leaves nothing to search with`);
  }

  /** all, none, or some of the names with commas between. */
  #reductions(): Reductions | undefined {
    const text = this.one('reduce');
    if (text === undefined) return undefined;
    const known: readonly string[] = REDUCTIONS;
    const words = text === 'all' ? known : text === 'none' ? [] : text.split(',');
    const wrong = words.find((word) => !known.includes(word));
    if (wrong !== undefined) {
      const meant = nearest(wrong, [...known, 'all', 'none']);
      const list = `all, none, or some of ${known.join(',')}`;
      this.refuse(
        `--reduce takes ${list}, not '${wrong}'${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      );
    }
    const has = (name: keyof Reductions): boolean => words.includes(name);
    return {
      locks: has('locks'),
      local: has('local'),
      symmetry: has('symmetry'),
      persistent: has('persistent'),
    };
  }

  /** yargs gives nothing, one text, or several. */
  #many(name: string): readonly string[] {
    const value = this.#values[name];
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  }
}
