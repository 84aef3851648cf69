// SPDX-License-Identifier: GPL-2.0-only
// Owns the command line: which commands and options there are, and all checks that need no file. Loads no command.

import yargs from 'yargs';
import { UserError } from '../base/user-error.ts';
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

export interface ExploreArguments extends ModelArguments {
  readonly output: string | undefined;
  readonly maxStates: number | undefined;
  readonly json: boolean;
  readonly full: boolean;
}

export interface RecordArguments extends ModelArguments {
  readonly output: string;
  readonly schedule: string | undefined;
  readonly seed: number | undefined;
  readonly safeRun: boolean;
  readonly maxStates: number | undefined;
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

/** The options of each command; '' is the opening of a trace. */
export const OPTIONS: Readonly<Record<HelpTopic, Options>> = {
  '': { ...HELP, version: { alias: 'V', type: 'boolean' } },
  explore: { ...HELP, ...MODEL, full: { type: 'boolean' }, json: { type: 'boolean' } },
  record: {
    ...HELP,
    ...MODEL,
    schedule: { type: 'string' },
    seed: { type: 'string' },
    'safe-run': { type: 'boolean' },
  },
  export: { ...HELP, ...MODEL, to: { type: 'string' } },
  inspect: { ...HELP, full: { type: 'boolean' }, json: { type: 'boolean' } },
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
        maxStates: given.whole('max-states'),
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
        seed: given.whole('seed'),
        safeRun: given.flag('safe-run'),
        maxStates: given.whole('max-states'),
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

/** As compilers take them: -DNAME, -Idir and -ofile in one word. Behind `--` nothing is an option. */
function* separated(argv: readonly string[]): Generator<string> {
  for (const [index, word] of argv.entries()) {
    if (word === '--') {
      for (const name of argv.slice(index + 1)) yield /^-./.test(name) ? `./${name}` : name;
      return;
    }
    const joined = /^(-[DIo])=?([^]+)$/.exec(word);
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

  whole(name: string): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) this.refuse(`--${name} takes a whole number, not '${text}'`);
    return Number(text);
  }

  /** yargs gives nothing, one text, or several. */
  #many(name: string): readonly string[] {
    const value = this.#values[name];
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  }
}
