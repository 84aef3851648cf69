// SPDX-License-Identifier: GPL-2.0-only
// Owns the check of parsed JSON against a schema, with an error that says where, what was found and what was expected.

import type * as z from 'zod';
import { damaged } from './trace-error.ts';

/**
 * `data` as the schema types it: known fields in the order of the schema, then unknown ones as they came.
 * Throws UserError `trace-damaged` naming `file`, then `where` and the path of the first thing that does not fit.
 */
export function conform<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  file: string,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const expected = (issue?.message ?? 'expected something else')
    .replace(/^[A-Z][a-z ]*: (?=expected )/, '')
    .replace(
      /^Invalid discriminator value\. Expected (.*)$/,
      (_, values: string) => `expected one of ${values.replaceAll("'", '"').replaceAll(' | ', '|')}`,
    )
    .replace(/, received .*$/, '');
  throw damaged(file, [where, pathText(path)].filter((s) => s !== '').join(': '), at(data, path), expected);
}

/** ["objects", 2, "name"] as "objects[2].name". */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join('');
}

function at(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    data,
  );
}
