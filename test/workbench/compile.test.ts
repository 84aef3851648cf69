// SPDX-License-Identifier: GPL-2.0-only
// From C text to a Program with its identity; and back from a trace: every shipped model conforms to itself.
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { compilerTools } from '../../src/cli/compile-model.ts';
import { ModelFiles } from '../../src/cli/model-files.ts';
import { readPrelude, shippedNames } from '../../src/cli/shipped.ts';
import { decode } from '../../src/trace/decode.ts';
import { encode } from '../../src/trace/encode.ts';
import { explore } from '../../src/explore/search.ts';
import { compile, compileEmbedded, type Compiled, type Tools } from '../../src/workbench/compile.ts';
import { conform } from '../../src/workbench/conform.ts';
import { record } from '../../src/workbench/record.ts';
import { following, telling } from '../../src/workbench/schedulers.ts';
import { recordAftermath } from '../../src/workbench/violation.ts';
import { unreachedLines, witnessesOf } from '../../src/workbench/witnesses.ts';
import { compileText } from '../support/compile.ts';

let tools: Tools;
beforeAll(async () => {
  tools = await compilerTools();
});

function shipped(
  protocol: string,
  scenario: string,
  defines: readonly string[] = [],
): Compiled & { readonly ok: true } {
  const files = new ModelFiles([]);
  const [unit, start] = [files.entry('protocol', protocol), files.entry('scenario', scenario)];
  const input = {
    protocol: unit,
    scenario: start,
    defines,
    readSource: files.include,
    prelude: readPrelude(),
  };
  const compiled = compile(input, tools);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
  return compiled;
}

/** One C text as protocol and scenario at once. */
function single(text: string): Compiled {
  const source = { name: 'all-in-one.c', text };
  return compile(
    { protocol: source, scenario: source, defines: [], readSource: () => undefined, prelude: readPrelude() },
    tools,
  );
}

test('the model is named by its files, its variant, and a hash of all that went in', () => {
  const { model, program } = shipped('frlock', 'truncate', ['NO_BACKOFF']);
  expect(model).toEqual({
    protocol: '2003-frlock',
    scenario: 'truncate',
    defines: ['NO_BACKOFF'],
    memory: 'sc',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    semantics: 1,
  });
  expect(program.sources.map(({ name }) => name)).toContain('include/frlock.h');
  const hashes = [
    model,
    shipped('frlock', 'truncate').model,
    shipped('frlock', 'invalidate').model,
    shipped('stock', 'truncate').model,
  ];
  expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(4);
  expect(shipped('frlock', 'truncate', ['NO_BACKOFF']).model.hash).toBe(model.hash);
});

test('a model in one piece: the same file as protocol and scenario', () => {
  const compiled = single(`
    int x;
    [[mm::thread]] void CPU0(void) { x = 1; }
    [[mm::thread]] void CPU1(void) { x = 2; }
  `);
  expect(compiled).toMatchObject({ ok: true, model: { protocol: 'all-in-one', scenario: 'all-in-one' } });
});

test('mistakes come back as diagnostics with their place', () => {
  const compiled = single('int x = ;\n[[mm::thread]] void CPU0(void) { }\n');
  expect(compiled).toMatchObject({ ok: false, diagnostics: [{ at: { file: 'all-in-one.c', line: 1 } }] });
});

describe.each(shippedNames('protocol'))('%s', (protocol) => {
  test.each(shippedNames('scenario'))('with %s conforms to its own trace', (scenario) => {
    const { program, model } = shipped(protocol, scenario);
    const exploration = explore(program);
    const [finding] = exploration.findings;
    const recording =
      finding === undefined
        ? record(program, model, following(telling(program)))
        : recordAftermath(program, model, finding);
    const read = decode([...encode(recording, 'json')].join(''), 'trace').recording;
    const again = must(compileEmbedded(read, tools), 'embedded sources');
    if (!again.ok) throw new Error('the embedded sources do not compile');
    expect(conform(read, again.program, again.model)).toBeNull();
  });
});

test('a trace without all its sources cannot be compiled again', () => {
  const { program, model } = shipped('stock', 'truncate');
  const recording = record(program, model, following([]));
  expect(compileEmbedded({ ...recording, sources: recording.sources.slice(1) }, tools)).toBeUndefined();
});

test('witnesses, and lines that no schedule reaches', () => {
  const { program } = shipped('frlock', 'invalidate');
  const { coverage } = explore(program);
  expect(
    Object.fromEntries(witnessesOf(program, coverage).map(({ name, reached }) => [name, reached])),
  ).toEqual({
    install: true,
    retry: true,
    refuse: false,
  });
  const lost = unreachedLines(program, coverage);
  expect(lost.map(({ text }) => text)).toContain('witness("refuse")');
  expect(lost.every(({ file }) => file === 'protocols/2003-frlock.c' || file.startsWith('scenarios/'))).toBe(
    true,
  );
});

test('two threads with one name are refused, wherever the names come from', async () => {
  const text = '[[mm::thread]] void CPU0(void) { } [[mm::thread(2)]] void CPU(int n) { }';
  await expect(compileText(text)).rejects.toThrow("model.c:1:59: error: two threads are named 'CPU0'");
});
