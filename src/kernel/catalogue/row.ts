// SPDX-License-Identifier: GPL-2.0-only
// Owns the shape of what is known about the shipped models besides their C.

/** A mail, named so that an archive finds it. `id` is its Message-ID where we know it. */
export interface Mail {
  readonly from: string;
  /** YYYY-MM-DD, as the mail has it. */
  readonly date: string;
  readonly subject?: string;
  readonly id?: string;
  /** What it adds to the argument, in our words. */
  readonly says: string;
}

/** A way to build a protocol other than its default. */
export interface Variant {
  /** As after `-D`: NAME or NAME=VALUE. */
  readonly define: string;
  readonly description: string;
}

export interface Protocol {
  /** File in src/kernel/protocols, without ".c". */
  readonly stem: string;
  readonly year: number;
  readonly title: string;
  readonly authors: readonly string[];
  readonly mails: readonly Mail[];
  readonly claim: string;
  readonly disputed: string;
  readonly variants: readonly Variant[];
}

export interface Scenario {
  /** File in src/kernel/scenarios, without ".c". */
  readonly stem: string;
  readonly question: string;
}

export type SafetyWord = 'SAFE' | 'RACY' | 'BUG' | 'DEADLOCK' | 'EXPOSE';
export type ProgressWord = 'ok' | 'SPIN' | 'LIVELOCK';

/** A verdict as people write it: RACY(I1), BUG(sleep-in-atomic), SAFE. */
export interface Verdict {
  readonly safety: SafetyWord;
  /** RACY: the invariants that are violated. */
  readonly invariants?: readonly string[];
  /** BUG: the kind of trouble; EXPOSE: "zero" or "uninit". */
  readonly kind?: string;
  /** Absent: nothing is said about progress. */
  readonly progress?: ProgressWord;
}

export interface Row {
  /** Stems of a Protocol and a Scenario. */
  readonly protocol: string;
  readonly scenario: string;
  /** As after `-D`; empty: the protocol's default. */
  readonly defines: readonly string[];
  /** Memory order; default sc. */
  readonly memory?: 'sc' | 'tso' | 'weak';
  /**
   * What reference/kernel-protocols.md says, and in which section, typed in before the first run. RACY without
   * invariants: it names none.
   */
  readonly reference: Verdict & { readonly section: string };
  /** What a complete search of our model finds. To be changed only together with the trace that shows why. */
  readonly finding: Verdict;
  /** What the mails expected of this case, when they speak of it, and whose word it is. */
  readonly claimed?: { readonly safety: SafetyWord; readonly by: string };
  /** Witnesses that the search must reach for a SAFE not to be empty; of other rows nothing is asked. */
  readonly witnesses: readonly string[];
  /** Why, in a sentence; and where finding and reference differ, why. */
  readonly note: string;
}

/** Protocols that argue about the same thing, with their scenarios and rows. */
export interface Family {
  readonly protocols: readonly Protocol[];
  readonly scenarios: readonly Scenario[];
  readonly rows: readonly Row[];
}
