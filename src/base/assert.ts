// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks of our own code: what fails here is a bug of mmreplay, never a user's mistake.

/** A broken promise inside mmreplay itself. The CLI prints it with "this is a bug" and exits 70. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** Throws a BugError unless `condition` holds. Narrows the type for the code below it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** The value itself, when it is there; a BugError naming `what` when it is not. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new BugError(`missing: ${what}`);
  return value;
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable: ${JSON.stringify(value)}`);
}
