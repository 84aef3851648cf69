// SPDX-License-Identifier: GPL-2.0-only
// Owns what is known about the shipped models besides their C: who proposed a protocol and what they claimed, what a
// scenario asks, and for each pair the verdict that the reference gives, the one that we find, and why.

import type { Family, Protocol, Row, Scenario } from './catalogue/row.ts';
import { truncate2003 } from './catalogue/truncate-2003.ts';

export type {
  Mail,
  ProgressWord,
  Protocol,
  Row,
  SafetyWord,
  Scenario,
  Variant,
  Verdict,
} from './catalogue/row.ts';

/** In the order in which they are listed. */
const families: readonly Family[] = [truncate2003];

export const protocols: readonly Protocol[] = families.flatMap((family) => family.protocols);
export const scenarios: readonly Scenario[] = families.flatMap((family) => family.scenarios);
export const rows: readonly Row[] = families.flatMap((family) => family.rows);
