// SPDX-License-Identifier: GPL-2.0-only
// Owns which traces the repository ships: the shortest violation of each row of the catalogue that has one.

import { must } from '../src/base/assert.ts';
import { compilerTools } from '../src/cli/compile-model.ts';
import { ModelFiles } from '../src/cli/model-files.ts';
import { readPrelude } from '../src/cli/shipped.ts';
import { explore } from '../src/explore/search.ts';
import { rows, type Row } from '../src/kernel/catalogue.ts';
import { formatDiagnostics } from '../src/lang/front.ts';
import type { Recording } from '../src/model/recording.ts';
import { compile } from '../src/workbench/compile.ts';
import { recordAftermath } from '../src/workbench/violation.ts';

/** "counter-before-i-size-truncate.json" for 2003-counter, -D COUNT_BEFORE_I_SIZE, truncate. */
export function traceName(row: Row): string {
  const idea = row.protocol.replace(/^\d+-/, '');
  const variants = row.defines.map((define) =>
    define
      .toLowerCase()
      .replaceAll(/[_=]/g, '-')
      .replace(/^(count|frlock)-/, ''),
  );
  return `${[idea, ...variants, row.scenario].join('-')}.json`;
}

/** Rows of the catalogue whose finding is a violation. */
export function violatingRows(): readonly Row[] {
  return rows.filter((row) => row.finding.safety !== 'SAFE');
}

/** Searches a row's model and records its shortest violation, on to quiescence, as `mmreplay record` does. */
export async function recordRow(row: Row): Promise<Recording> {
  const files = new ModelFiles([]);
  const compiled = compile(
    {
      protocol: files.entry('protocol', row.protocol),
      scenario: files.entry('scenario', row.scenario),
      defines: row.defines,
      readSource: files.include,
      prelude: readPrelude(),
    },
    await compilerTools(),
  );
  if (!compiled.ok) throw new Error(formatDiagnostics(compiled.diagnostics));
  const finding = must(explore(compiled.program).findings[0], `a violation of ${traceName(row)}`);
  return recordAftermath(compiled.program, compiled.model, finding);
}
