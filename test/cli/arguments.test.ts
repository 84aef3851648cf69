// SPDX-License-Identifier: GPL-2.0-only
// The command line before any file is looked at, and the help texts.
import { describe, expect, test } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import { OPTIONS, parseArguments } from '../../src/cli/arguments.ts';
import { help, type HelpTopic } from '../../src/cli/help.ts';
import { resolveName } from '../../src/cli/model-names.ts';
import { shippedNames } from '../../src/cli/shipped.ts';
import { mmreplay } from './fake-io.ts';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

test.each<[string, string]>([
  ['explor stock truncate', "there is no command 'explor'; did you mean explore?"],
  [
    'destroy stock truncate',
    "there is no command 'destroy'; the commands are explore, record, export, inspect, matrix, list",
  ],
  ['explore', 'explore needs a PROTOCOL and a SCENARIO'],
  ['explore stock', 'explore needs a SCENARIO, too'],
  ['explore stock truncate again', "one argument too many: 'again'"],
  ['explore stock truncate --jsn', 'explore has no option --jsn; did you mean --json?'],
  ['explore stock truncate -Q', 'explore has no option -Q'],
  ['explore stock truncate -o', '-o needs a value'],
  ['explore stock truncate -o a.json -o b.json', '--output is given 2 times; once is enough'],
  [
    'explore stock truncate -o race.txt',
    '-o race.txt: a trace is named .json or .jsonl, with .gz behind it or not',
  ],
  ['explore stock truncate --max-states many', "--max-states takes a whole number from 1 on, not 'many'"],
  ['explore stock truncate --max-states 0', "--max-states takes a whole number from 1 on, not '0'"],
  ['explore stock truncate --memory-limit 500', "--memory-limit takes a size: 500M or 2G, not '500'"],
  ['explore stock truncate --memory-limit 0G', '--memory-limit 0G leaves nothing to search with'],
  ['explore stock truncate --time-limit 30', "--time-limit takes a duration: 30s, 5m or 1h, not '30'"],
  ['explore stock truncate --time-limit', '--time-limit needs a value'],
  ['explore stock truncate --random 0', "--random takes a whole number from 1 on, not '0'"],
  ['explore stock truncate --random -5', "--random takes a whole number from 1 on, not '-5'"],
  ['explore stock truncate --random 9 --pct 0', "--pct takes a whole number from 1 on, not '0'"],
  [
    'explore stock truncate --random 9 --seed 4294967296',
    '--seed takes a number up to 4294967295, not 4294967296',
  ],
  ['explore stock truncate --seed 4', '--seed chooses random runs, and there are none: give --random N, too'],
  [
    'explore stock truncate --preemptions 2 --pct 3',
    '--pct says how random runs choose, and there are none: give --random N, too',
  ],
  ['explore stock truncate --preemptions few', "--preemptions takes a whole number, not 'few'"],
  [
    'explore stock truncate --random 9 --all',
    '--random and --all are different ways to search: give one of them',
  ],
  [
    'explore stock truncate --random 9 --max-states 9',
    '--max-states bounds a search, and --random N makes N runs: give one of them',
  ],
  [
    'explore stock truncate --reduce lock',
    "--reduce takes all, none, or some of locks,local,symmetry,persistent, not 'lock'; did you mean locks?",
  ],
  [
    'explore stock truncate --reduce none --all',
    '--reduce is about a complete search, which --all is not: give one of them',
  ],
  ['explore stock truncate --randm 9', 'explore has no option --randm; did you mean --random?'],
  ['explore stock truncate --all=yes', '--all takes no value'],
  ['record stock truncate -o a.json --random 9', 'record has no option --random'],
  ['explore stock truncate --memory x86', "--memory takes sc, tso or weak, not 'x86'"],
  ['inspect a.json --memory tso', 'inspect has no option --memory'],
  ['explore stock truncate -D 1X', "-D takes NAME or NAME=VALUE, not '1X'"],
  ['record stock truncate', 'record needs -o FILE: the trace to write'],
  ['record stock truncate -o a.json --seed -1', "--seed takes a whole number, not '-1'"],
  [
    'record stock truncate -o a.json --seed 1 --schedule 0',
    '--schedule says the whole run, so --seed has nothing to choose: give one of them',
  ],
  ['record stock truncate -o -', '-o -: standard output is named /dev/stdout here'],
  ['inspect a.json --json=yes', '--json takes no value'],
  ['inspect a.json --no-json', 'inspect has no option --no-json'],
  ['inspect', 'inspect needs a FILE: a trace'],
  ['inspect a b', "one argument too many: 'b'"],
  ['list it', "one argument too many: 'it'"],
  ['--colour', 'there is no option --colour'],
])('%s', async (line, message) => {
  const { code, out, err } = await mmreplay(words(line));
  expect(err.split('\n')[0]).toBe(`mmreplay: ${message}`);
  expect(err).toMatch(/^ {2}See: mmreplay( \w+)? --help$/m);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

test.each([
  'explore stock truncate -DFRLOCK_SPIN -D A=1 -Iinclude -I more -orace.json.gz --max-states 10 --json --full',
  'explore -D A stock -D B truncate',
  'explore a b --memory-limit 1.5GiB --time-limit 90s --reduce locks,symmetry',
  'explore a b --random 1000 --seed 0 --pct 3 --time-limit 1.5h --memory-limit 500mb',
  'explore a b --preemptions 0 --max-states 9',
  'explore a b --all --json',
  'record a b -o x.json --memory-limit 1G --time-limit 500ms --reduce none',
  'explore stock truncate --memory tso',
  'record ./a.c ./b.c -o x.jsonl --schedule 0*3',
  'record a b -o x.json --seed 7 --safe-run',
  'inspect - --json',
  'matrix -j4 --no-time --markdown',
  'matrix stock counter --scenario truncate --jobs 2 --max-states 10 --json',
  'inspect -- -odd.json',
  'race.json',
  '-',
  'list --json',
])('%s is understood', (line) => {
  expect(parseArguments(words(line))).toHaveProperty('command');
});

test.each([[['inspect', '']], [['']]])('%j: an empty name is no file', async (argv) => {
  const { code, err } = await mmreplay(argv);
  expect(code).toBe(2);
  expect(err).toMatch(/^mmreplay: the FILE has an empty name\n/);
});

test('nothing asked for: the help, as an error', async () => {
  expect(await mmreplay([])).toEqual({ code: 2, out: '', err: `${help['']}\n` });
});

test('--version', async () => {
  for (const option of ['--version', '-V']) {
    expect(await mmreplay([option])).toEqual({ code: 0, out: `${about.version}\n`, err: '' });
  }
});

describe.each(Object.keys(OPTIONS) as HelpTopic[])('help of "%s"', (topic) => {
  test('is what --help and -h print', async () => {
    for (const option of ['--help', '-h']) {
      expect(await mmreplay([...words(topic), option])).toEqual({
        code: 0,
        out: `${help[topic]}\n`,
        err: '',
      });
    }
  });

  test('fits 80 columns, in ASCII', () => {
    for (const line of help[topic].split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,79}$/);
  });

  test('its examples are understood, and their models exist', () => {
    // What is explained beside, or holds a placeholder, is no example.
    const examples = help[topic]
      .split('\n')
      .filter((line) => /^ {2}mmreplay (?!.* {2})(?!.*(?:FILE|COMMAND|SCENARIO))/.test(line));
    expect(examples.length > 0).toBe(['', 'explore', 'record', 'export', 'matrix'].includes(topic));
    for (const line of examples) {
      const [command = '', protocol = '', scenario = ''] = words(line).slice(1);
      expect(() => parseArguments(words(line).slice(1)), line).not.toThrow();
      if (!['explore', 'record', 'export'].includes(command)) continue;
      expect(() => resolveName('protocol', protocol, shippedNames('protocol'))).not.toThrow();
      expect(() => resolveName('scenario', scenario, shippedNames('scenario'))).not.toThrow();
    }
  });

  test('names every option', () => {
    for (const [name, { alias }] of Object.entries(OPTIONS[topic])) {
      if (name === 'help' || name === 'version') continue;
      expect(help[topic]).toMatch(new RegExp(alias === undefined ? `--${name}\\b` : `-${alias}\\b`));
    }
  });
});
