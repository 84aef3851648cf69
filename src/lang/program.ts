// SPDX-License-Identifier: GPL-2.0-only
// Owns the Program: what a model means, said once. Guards and assignments over one vector of variables;
// interpreter, code generators and exporters know nothing else. Plain data: JSON-able but for bigint constants.

/** Index into Program.vars: cells first, then the locals of each thread, then scratch of the invariants. */
export type VarId = number;
/** Index into Thread.code or Invariant.code. */
export type Pc = number;
/** Pc of a thread that has ended, or of an invariant that has its result. */
export const END: Pc = -1;

/**
 * A value of a variable while a model runs: a number when a double holds it exactly, else a bigint (64-bit types only).
 * Pointers: 0 is NULL, else (VarId of the first cell pointed at + POINTER_BASE) * 2, plus 1 when stale.
 * Threads: 0 is none, else thread index + 1. bool: 0 or 1.
 */
export type Num = number | bigint;

/** Keeps addresses away from 0: container_of may move a pointer back by the size of a struct, and still must not be NULL. */
export const POINTER_BASE = 1 << 16;

/** A variable never written. Not a safe integer, so no C value collides with it. */
export const UNINIT = 2 ** 60;

export interface IntType {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

export type UnaryOp = 'neg' | 'bitnot' | 'not';
/** Comparison operators give 0 or 1. Both operands are already converted to the operation's type. */
export type BinaryOp =
  | 'add' | 'sub' | 'mul' | 'div' | 'mod'
  | 'and' | 'or' | 'xor' | 'shl' | 'shr'
  | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'; // prettier-ignore

/** A place in the vector. Static when `ptr` is absent: variable `base`; else the pointer's target plus `base`. */
export interface Place {
  readonly ptr?: Expr;
  /** VarId of the first variable, or the offset from the pointer's target. */
  readonly base: number;
  /** Array subscripts: value * stride is added; a value outside 0..length-1 is trouble `range`. */
  readonly index?: readonly { readonly value: Expr; readonly stride: number; readonly length: number }[];
  /** Type of the object that `ptr` must point at, for messages: "struct page". */
  readonly of?: string;
}

/** Pure; evaluating may meet trouble (NULL or stale pointer, subscript, uninitialised variable, division by zero). */
export type Expr =
  | { readonly op: 'const'; readonly value: Num }
  | { readonly op: 'get'; readonly place: Place }
  /** As get, but what was never written is passed on: a member of a struct that is copied as a whole. */
  | { readonly op: 'copy'; readonly place: Place }
  | { readonly op: 'addr'; readonly place: Place }
  | { readonly op: 'unary'; readonly fn: UnaryOp; readonly type: IntType; readonly a: Expr }
  | {
      readonly op: 'binary';
      readonly fn: BinaryOp;
      readonly type: IntType;
      readonly a: Expr;
      readonly b: Expr;
    }
  /** Conversion to an integer type (wraps), or to bool (0 or 1). */
  | { readonly op: 'cast'; readonly to: IntType | 'bool'; readonly a: Expr }
  /** Same target, stale or not. */
  | { readonly op: 'same'; readonly a: Expr; readonly b: Expr }
  /** 1 when the pointer is stale. */
  | { readonly op: 'stale'; readonly a: Expr }
  /** The pointer moved back by `offset` variables: container_of. NULL stays trouble at its use. */
  | { readonly op: 'back'; readonly a: Expr; readonly offset: number }
  | { readonly op: 'cond'; readonly test: Expr; readonly a: Expr; readonly b: Expr }
  /** Short-circuit over pure operands. */
  | { readonly op: 'both' | 'either'; readonly a: Expr; readonly b: Expr };

/** Performed in order; later ones see earlier ones. */
export type Assign =
  | { readonly to: Place; readonly value: Expr }
  /** Every pointer variable in `vars` that points into [target, target+size) becomes stale. */
  | { readonly stale: Expr; readonly size: number; readonly vars: readonly VarId[] };

/** What went wrong, when taking an edge is itself the error. */
export interface Fail {
  readonly kind: TroubleKind;
  /** Text for a person, without position. */
  readonly message: string;
}

/** Kinds of trouble, as they stand in verdicts: BUG(kind). `limit` is not a bug of the model but of its size. */
export type TroubleKind =
  | 'assert'
  | 'BUG_ON'
  | 'null-dereference'
  | 'use-after-free'
  | 'double-free'
  | 'unlock-by-non-owner'
  | 'double-unlock'
  | 'sleep-in-atomic'
  | 'uninitialised-read'
  | 'range'
  | 'division-by-zero'
  | 'endless-local-loop'
  | 'expose-zero'
  | 'expose-uninit'
  | 'limit';

/** The kinds of step that the Program names; the machine adds read, write and update by looking at the accesses. */
export type StepKind =
  | 'access' // becomes read, write or update
  | 'acquire'
  | 'release'
  | 'queue'
  | 'grant'
  | 'wait'
  | 'wake'
  | 'barrier'
  | 'choose'
  | 'alloc'
  | 'free'
  | 'flush'
  | 'settle'; // only in Programs made by machine/memory-order // prettier-ignore

export interface Edge {
  /** null: always. */
  readonly when: Expr | null;
  readonly do: readonly Assign[];
  /** Locals that no code from `next` on reads: reset to 0 after `do`, so that equal futures are equal states. */
  readonly dead: readonly VarId[];
  readonly next: Pc;
  readonly fail?: Fail;
}

/**
 * One node of a thread's flat code. A thread rests only before a node that is a step, before one that begins an
 * operation, or at END. One step of a thread = (from where it rests) riding nodes up to a step node, that node, and
 * riding nodes up to the next place of rest. So riding nodes run with the step before them, except those between the
 * begin of an operation and its first step, which run with that step. A step that reaches the next place of rest
 * without a step node (an operation with no shared access) is a step of its own, of kind 'begin'.
 */
export interface Node {
  readonly site: number;
  /** A scheduling point, and of which kind; null: it rides. */
  readonly step: StepKind | null;
  /** Taking this (riding) node makes the current event one of this kind: a contended lock turns acquire into queue. */
  readonly kind?: StepKind;
  /** A free choice: `into` takes each of 0..count-1; edges are judged for each. */
  readonly choice?: { readonly count: number; readonly into: VarId };
  /** The first edge whose guard holds is taken. None: a step node blocks; for a riding node that is our bug. */
  readonly edges: readonly Edge[];
  /** A condition written by the author (edges[0] is "true", edges[1] "false"): recorded as a check. */
  readonly check?: true;
  /** Specification (assert, ghost, expose): its accesses are not the thread's. */
  readonly spec?: true;
  /** Index into Program.operations: begins before this node's edges are taken / ends after. */
  readonly begin?: number;
  readonly end?: number;
  /** Operations in flight while a thread rests before this node. */
  readonly inflight: readonly number[];
  /** The lock (first variable) that an acquire, queue, grant or release is about. */
  readonly lock?: Place;
  /** In an invariant: a person's words for why it is false; arguments are evaluated when the node is taken. */
  readonly says?: {
    readonly format: string;
    readonly args: readonly { readonly value: Expr; readonly show: ShownAs }[];
  };
  /** `witness("install")`: a SAFE verdict tells whether this was ever reached. */
  readonly witness?: string;
  /**
   * Memory order, for `--memory tso|weak`: what this access or barrier orders. `store`: a release that is a plain store
   * and waits in the store buffer like one (spin_unlock). `mark`: no access of the CPU's at all (rcu_read_lock).
   */
  readonly order?: 'acquire' | 'release' | 'store' | 'full' | 'mark' | 'rmb' | 'wmb' | 'mb';
}

/** How a number is to be shown to people. */
export type ShownAs =
  | { readonly as: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly as: 'bool' }
  | { readonly as: 'enum'; readonly name: string; readonly names: Readonly<Record<string, number>> }
  | { readonly as: 'pointer'; readonly to: string }
  | { readonly as: 'thread' };

export interface Var {
  /** Cells: path ("page[1].mapping"). Locals: "function.variable". Scratch: "I1.p". */
  readonly name: string;
  readonly shown: ShownAs;
  readonly start: Num;
  /** undefined for a cell; the thread's index for a local; -1 for scratch of an invariant. */
  readonly thread?: number;
  readonly ghost?: true;
  /** A cell that no thread can write after the start: reading it is not a step. */
  readonly constant?: true;
  /** Temporaries of the compiler and locals of the prelude: never shown. Cells: holds nothing, and is never shown. */
  readonly hidden?: true;
  /** Part of what stands between thread `buffer` and memory. */
  readonly buffer?: number;
  /** Of such a part: the cell it is about. */
  readonly of?: VarId;
  /** Of such a part: it holds a value that is on its way to `of`. */
  readonly pending?: true;
  /** `[[mm::range(a,b)]]`: a value outside is trouble `range`. */
  readonly range?: readonly [number, number];
}

/** An object of memory, as people name it. */
export interface ObjectInfo {
  readonly name: string;
  readonly type: string;
  readonly first: VarId;
  readonly size: number;
  readonly word?: true;
  readonly pool?: string;
}

/** Any (sub)object a pointer can point at: how an address is written. Several may share a first variable. */
export interface Target {
  readonly first: VarId;
  readonly size: number;
  /** C type of what stands there: "struct address_space". */
  readonly type: string;
  /** "inode.i_data". */
  readonly path: string;
  /** Index into Program.objects of the outermost object it lies in. */
  readonly object: number;
  /** It is one memory word. */
  readonly word?: true;
}

export interface PoolInfo {
  readonly name: string;
  readonly type: string;
  /** First variable of each member, in order. */
  readonly members: readonly VarId[];
  /** Variables of one member, without its state. */
  readonly size: number;
  /** The state cell of each member: 0 never used, 1 allocated, 2 freed. */
  readonly states: readonly VarId[];
  /** A stale pointer may be dereferenced: the memory stays what it is. */
  readonly typeStable: boolean;
}

export interface LockInfo {
  readonly first: VarId;
  readonly size: number;
  /** "spinlock_t", "struct rw_semaphore" … */
  readonly type: string;
  /** "mm.page_table_lock". */
  readonly path: string;
  readonly owner?: VarId;
  readonly readers?: readonly VarId[];
  readonly queue?: readonly VarId[];
}

export interface ThreadProgram {
  readonly name: string;
  readonly fn: string;
  readonly role: string;
  readonly daemon: boolean;
  /** Threads with equal numbers run the same code (mm::thread(n)) and may be exchanged. */
  readonly twins: number;
  readonly code: readonly Node[];
  readonly entry: Pc;
  /** Its locals in Program.vars: [from, to). */
  readonly locals: readonly [VarId, VarId];
  /** It is no thread, but what carries stores to memory, or settles loads, for the thread of this index. A daemon. */
  readonly of?: number;
}

export interface InvariantProgram {
  readonly name: string;
  readonly fn: string;
  readonly when:
    | { readonly kind: 'strict' }
    | { readonly kind: 'idle'; readonly operations: readonly number[] }
    | { readonly kind: 'ensures'; readonly operation: number };
  readonly code: readonly Node[];
  readonly entry: Pc;
  /** 0: violated. */
  readonly result: VarId;
  /** Its scratch in Program.vars: [from, to); 0 before and after each evaluation. */
  readonly scratch: readonly [VarId, VarId];
  readonly site: number;
}

export interface ProgramSite {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly fn: string;
  readonly text: string;
  readonly stack: readonly {
    readonly fn: string;
    readonly file: string;
    readonly line: number;
    readonly col: number;
  }[];
}

export interface Program {
  readonly protocol: string;
  readonly scenario: string;
  readonly defines: readonly string[];
  readonly sources: readonly { readonly name: string; readonly text: string }[];
  readonly vars: readonly Var[];
  /** vars[0..cells) are shared memory. */
  readonly cells: number;
  readonly objects: readonly ObjectInfo[];
  readonly targets: readonly Target[];
  readonly pools: readonly PoolInfo[];
  readonly locks: readonly LockInfo[];
  readonly threads: readonly ThreadProgram[];
  readonly operations: readonly string[];
  readonly invariants: readonly InvariantProgram[];
  readonly sites: readonly ProgramSite[];
  /** `--memory` is `tso` or `weak`: see machine/memory-order. */
  readonly memory?: 'tso' | 'weak';
  /**
   * Counts of loads whose value is a guess, in `weak`. While one is not 0 the path may turn out impossible: trouble does
   * not happen (a step into trouble waits), and nothing is judged.
   */
  readonly open?: readonly VarId[];
}
