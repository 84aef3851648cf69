// SPDX-License-Identifier: GPL-2.0-only
// Owns compiling models in tests: C text given in the test, or the shipped protocols and scenarios.

import { formatDiagnostics } from '../../src/lang/front.ts';
import { compilerTools } from '../../src/cli/compile-model.ts';
import { ModelFiles } from '../../src/cli/model-files.ts';
import { readPrelude } from '../../src/cli/shipped.ts';
import { compile, type Compiled, type Tools } from '../../src/workbench/compile.ts';

let tools: Promise<Tools> | undefined;

/** Parser and hash, loaded once a test file. */
export function testTools(): Promise<Tools> {
  return (tools ??= compilerTools());
}

/** Compiles a model in one piece; the shipped headers can be included. Throws with the diagnostics when it is refused. */
export async function compileText(
  text: string,
  defines: readonly string[] = [],
): Promise<Compiled & { ok: true }> {
  const unit = { name: 'model.c', text };
  const readSource = new ModelFiles([]).include;
  return accepted(
    compile(
      { protocol: unit, scenario: unit, defines, readSource, prelude: readPrelude() },
      await testTools(),
    ),
  );
}

/** Compiles "protocol.c" with "scenario.c", given as text. */
export async function compilePair(protocol: string, scenario: string): Promise<Compiled & { ok: true }> {
  const input = {
    protocol: { name: 'protocol.c', text: protocol },
    scenario: { name: 'scenario.c', text: scenario },
    defines: [],
    readSource: new ModelFiles([]).include,
    prelude: readPrelude(),
  };
  return accepted(compile(input, await testTools()));
}

/** Compiles a shipped protocol with a shipped scenario. */
export async function compileShipped(
  protocol: string,
  scenario: string,
  defines: readonly string[] = [],
): Promise<Compiled & { ok: true }> {
  const files = new ModelFiles([]);
  const input = {
    protocol: files.entry('protocol', protocol),
    scenario: files.entry('scenario', scenario),
    defines,
    readSource: files.include,
    prelude: readPrelude(),
  };
  return accepted(compile(input, await testTools()));
}

function accepted(compiled: Compiled): Compiled & { ok: true } {
  if (!compiled.ok) throw new Error(formatDiagnostics(compiled.diagnostics));
  return compiled;
}
