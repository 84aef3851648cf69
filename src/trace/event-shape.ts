// SPDX-License-Identifier: GPL-2.0-only
// Owns the fast check of one event against the schema: five times as fast as zod, which a million events would feel.
// It accepts exactly what eventSchema accepts (a property test holds them equal) and has no words for what is wrong.

import { eventSchema, type EventRecord } from './schema.ts';

type Test = (value: unknown) => boolean;

const kinds: ReadonlySet<unknown> = new Set(eventSchema.shape.kind.options);

const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isStep: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const isName: Test = (value) => typeof value === 'string' && value !== '';
const isLocal: Test = (value) => typeof value === 'string' && /[^.]\.[^.]/.test(value);

const isValue: Test = (value) => {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string') return value === null;
  if (value.startsWith('&') || value.startsWith('@')) return value.length > 1;
  return value === '?' || /^-?[0-9]+$/.test(value);
};

/** A missing list is as good as an empty one; an explicit undefined is neither. */
function isList(record: Record<string, unknown>, key: keyof EventRecord, isItem: Test): boolean {
  const list = record[key];
  if (list === undefined) return !(key in record);
  if (!Array.isArray(list)) return false;
  for (const item of list) if (!isItem(item)) return false;
  return true;
}

const isSteps: Test = (value) => Array.isArray(value) && value.every(isStep);
const isRead: Test = (r) => Array.isArray(r) && r.length === 2 && isName(r[0]) && isValue(r[1]);
const isWrite: Test = (w) =>
  Array.isArray(w) && w.length === 3 && isName(w[0]) && isValue(w[1]) && isValue(w[2]);
const isLocalSet: Test = (l) =>
  Array.isArray(l) &&
  (l.length === 3 || (l.length === 4 && isCount(l[3]))) &&
  isLocal(l[0]) &&
  isValue(l[1]) &&
  isSteps(l[2]);
const isCheck: Test = (c) =>
  Array.isArray(c) && c.length === 3 && isCount(c[0]) && typeof c[1] === 'boolean' && isSteps(c[2]);
const isWait: Test = (w) =>
  Array.isArray(w) && w.length === 2 && isCount(w[0]) && (w[1] === null || isName(w[1]));

/** Whether parsed JSON is an event of a trace. Cost: the size of the event, a few tenths of a microsecond. */
export function isEventRecord(raw: unknown): raw is EventRecord {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false;
  const record = raw as Record<string, unknown>;
  return (
    isStep(record['step']) &&
    isCount(record['thread']) &&
    isCount(record['site']) &&
    kinds.has(record['kind']) &&
    (record['choice'] === undefined ? !('choice' in record) : isCount(record['choice'])) &&
    isList(record, 'reads', isRead) &&
    isList(record, 'writes', isWrite) &&
    isList(record, 'locals', isLocalSet) &&
    isList(record, 'dead', isLocal) &&
    isList(record, 'checks', isCheck) &&
    isList(record, 'begins', isName) &&
    isList(record, 'ends', isName) &&
    (record['next'] === null || isCount(record['next'])) &&
    isList(record, 'waits', isWait)
  );
}
