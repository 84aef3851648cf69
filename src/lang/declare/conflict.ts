// SPDX-License-Identifier: GPL-2.0-only
// Owns complaints about names declared twice, with both places.

import type { Unit } from '../check/context.ts';
import type { Where } from '../diagnostics/diagnostics.ts';
import type { Node } from '../parse/node.ts';

export function reportRedeclared(
  u: Unit,
  node: Node,
  message: string,
  before: Where,
  more: { reason?: string; hint?: string } = {},
): void {
  u.error(node, { message, ...more, notes: [{ text: 'first declared here', at: before.at }] });
}
