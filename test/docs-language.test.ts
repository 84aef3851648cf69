// SPDX-License-Identifier: GPL-2.0-only
// docs/LANGUAGE.md says the truth: its examples compile, take the steps it says, and are refused as it says.
//   ```c frame        the file around the short examples; EXAMPLE is where statements go
//   ```c model V      a whole model; the search says V
//   ```c body N steps statements of CPU0 in the frame; they take N steps
//   ```c file         declarations, before the threads of the frame
// (Sessions with ```c NAME.c and ```console are for test/docs.test.ts.)
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../src/base/assert.ts';
import { explore } from '../src/explore/search.ts';
import { formatDiagnostics, front, loadParser, type CParser } from '../src/lang/front.ts';
import { lower } from '../src/lang/lower/lower.ts';
import type { Program } from '../src/lang/program.ts';
import { Machine } from '../src/machine/machine.ts';
import { safetyText } from '../src/view/findings.ts';
import { blocksOf, tableRows } from './support/markdown.ts';

const root = new URL('..', import.meta.url);
const read = (name: string): string => readFileSync(fileURLToPath(new URL(name, root)), 'utf8');
const bytes = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(name, root)));

const page = read('docs/LANGUAGE.md');
const blocks = blocksOf(page).filter(({ words }) => words[0] === 'c' && !words[1]?.endsWith('.c'));
const frame = must(
  blocks.find(({ words }) => words[1] === 'frame'),
  'the frame',
).text;

let parser: CParser;
beforeAll(async () => {
  parser = await loadParser({
    runtime: bytes('node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    grammar: bytes('node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
});

/** The Program, or what is said against the text. */
function compile(text: string): Program | string {
  const result = front({
    units: [{ name: 'example.c', text }],
    defines: [],
    readSource: () => undefined,
    prelude: { name: 'prelude.h', text: read('src/lang/prelude.h') },
    parser,
  });
  if (!result.ok) return formatDiagnostics(result.diagnostics);
  const lowered = lower(result.model, { protocol: 'example', scenario: 'example', defines: [] });
  return lowered.ok ? lowered.program : lowered.refusals.map(({ message }) => message).join('\n');
}

function compiled(text: string): Program {
  const result = compile(text);
  if (typeof result === 'string') expect.fail(`${result}\n\n${text}`);
  return result;
}

const bodyInFrame = (text: string): string => frame.replace('EXAMPLE', text);
const fileInFrame = (text: string): string =>
  frame.replace('EXAMPLE', '').replace('[[mm::thread]] void CPU0', `${text}\n\n[[mm::thread]] void CPU0`);

/** Steps that CPU0 takes by itself, to its end or into trouble. */
function runOf(program: Program): { steps: number; trouble: string | null } {
  const machine = new Machine(program);
  const atStart = machine.start();
  if (atStart !== null) return { steps: 0, trouble: atStart.kind };
  for (let steps = 0; ; steps += 1) {
    if (machine.memory.hasEnded(0)) return { steps, trouble: null };
    const { choice } = must(machine.optionsOf(0)[0], `step ${steps + 1}`);
    const outcome = machine.take(0, choice);
    if (typeof outcome !== 'string') return { steps, trouble: outcome.kind };
  }
}

function stepsOf(program: Program): number {
  const { steps, trouble } = runOf(program);
  expect(trouble).toBeNull();
  return steps;
}

describe('examples', () => {
  test.each(blocks.map((block) => [block.line, block] as const))('line %i', (_, { words, text }) => {
    const [, kind = '', ...more] = words;
    switch (kind) {
      case 'frame':
        expect(stepsOf(compiled(bodyInFrame('')))).toBe(0);
        return;
      case 'model':
        expect(safetyText(explore(compiled(text)).safety).replaceAll(/ (.*)$/g, '($1)')).toBe(more.join(' '));
        return;
      case 'body': {
        const steps = stepsOf(compiled(bodyInFrame(text)));
        if (more.length > 0) expect(steps).toBe(Number(more[0]));
        return;
      }
      case 'file':
        compiled(fileInFrame(text));
        return;
      default:
        expect.fail(`what is a block of kind ${kind}?`);
    }
  });
});

describe('what is one step', () => {
  const rows = tableRows(page, ['statement', 'steps', 'which']);
  test('the table is there', () => expect(rows.length).toBeGreaterThan(10));
  test.each(rows.map(({ cells: [code = '', steps = ''] }) => [code, steps] as const))(
    '%s: %s',
    (code, steps) => {
      const [least, most] = steps.split(' or ').map(Number);
      const taken = stepsOf(compiled(bodyInFrame(code)));
      expect(taken).toBeGreaterThanOrEqual(must(least, 'a number'));
      expect(taken).toBeLessThanOrEqual(most ?? must(least, 'a number'));
    },
  );
});

describe('kinds of trouble', () => {
  const rows = tableRows(page, ['kind', 'when', 'for example']);
  test('the table is there', () => expect(rows.length).toBeGreaterThan(10));
  test.each(rows.map(({ cells: [kind = '', , code = ''] }) => [kind, code] as const))(
    '%s: %s',
    (kind, code) => {
      expect(runOf(compiled(bodyInFrame(code))).trouble).toBe(kind);
    },
  );
});

describe('what is out', () => {
  const rows = tableRows(page, ['not in', 'said']);
  test('the tables are there', () => expect(rows.length).toBeGreaterThan(20));
  const inFunction = must(
    page.split('\n').findIndex((line) => line.startsWith('In a function:')),
    'the second table',
  );
  test.each(rows.map(({ cells: [code = '', said = ''], line }) => [code, said, line] as const))(
    '%s: %s',
    (code, said, line) => {
      const text = line > inFunction ? bodyInFrame(code) : fileInFrame(code);
      const result = compile(text);
      expect(typeof result === 'string' ? result : 'accepted').toContain(said);
    },
  );
});
