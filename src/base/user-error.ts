// SPDX-License-Identifier: GPL-2.0-only
// Owns the one shape in which a user's mistake travels from where it is found to where it is printed.

/** What the user can do something about. Thrown anywhere, printed once by cli, exit code 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable, lower-case, dashed: scripts may match on it. Example: `trace-truncated`. */
  readonly code: string;
  /** What to do about it, one sentence, or nothing when the message says it all. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
