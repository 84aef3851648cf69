// SPDX-License-Identifier: GPL-2.0-only
// Owns the checked, typed syntax tree of a linked model: what `check` hands to `lower`. Every name is resolved,
// every expression has its C type, every conversion is explicit, every attribute is understood.

/** A stretch of original source (before the preprocessor). 1-based; `endCol` is one past the last character. */
export interface Span {
  /** Logical name of the file, as in Program.sources. */
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly endLine: number;
  readonly endCol: number;
}

export type CType =
  | { readonly kind: 'void' }
  | { readonly kind: 'bool' }
  /** `name` as shown to people: "unsigned long". Plain char is signed, long is 64 bits (LP64). */
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean; readonly name: string }
  /** An enum's values behave as int (unsigned int when no value is negative, as gcc does). */
  | { readonly kind: 'enum'; readonly decl: EnumDecl }
  /** thread_t of the prelude: 0 none, else thread index + 1. Behaves as int. */
  | { readonly kind: 'thread' }
  | { readonly kind: 'pointer'; readonly to: CType }
  | { readonly kind: 'array'; readonly of: CType; readonly length: number }
  | { readonly kind: 'struct'; readonly decl: StructDecl }
  | { readonly kind: 'function'; readonly returns: CType; readonly params: readonly CType[] };

export interface EnumDecl {
  readonly name: string;
  readonly members: Map<string, number>;
}

/** Identity of a struct is the identity of this object. `fields` is filled when its body has been read. */
export interface StructDecl {
  /** As shown: "struct page", or the typedef's name for an untagged struct ("pte_t"). */
  name: string;
  fields: Field[];
  complete: boolean;
  /** `[[mm::word]]`: read, written and compared in one step. */
  word: boolean;
  /** A lock of the prelude: spinlock_t, struct mutex, struct semaphore, struct rw_semaphore, … */
  lock: boolean;
  readonly at: Span;
}

export interface Field {
  readonly name: string;
  readonly type: CType;
  readonly ghost: boolean;
  readonly range?: readonly [number, number];
  readonly at: Span;
  /** Prelude only: `[[mm::owner]]`, `[[mm::readers]]`, `[[mm::queue]]` say which part of a lock this is. */
  readonly part?: 'owner' | 'readers' | 'queue';
}

export interface VarSym {
  readonly kind: 'var';
  readonly name: string;
  /** Unique within its function: "p", and "p'2" for a second p in an inner block. Globals: the name. */
  readonly unique: string;
  readonly storage: 'global' | 'local' | 'param' | 'static-local';
  readonly type: CType;
  readonly ghost: boolean;
  readonly constQualified: boolean;
  readonly pool: boolean;
  readonly typeStable: boolean;
  readonly range?: readonly [number, number];
  /** Name of the function that declares it; '' for globals. */
  readonly fn: string;
  /** Static initialiser of a global or static local (constant expressions and addresses of globals); absent: zero. */
  init?: Init;
  /** Locals: does `&` ever apply to it? */
  addressTaken: boolean;
  /** Params: is it ever assigned, or its address taken? */
  assigned: boolean;
  readonly at: Span;
}

export type Init =
  | { readonly kind: 'expr'; readonly expr: Expr }
  /** Positions already resolved (designators applied, ranges expanded); omitted ones are zero. */
  | { readonly kind: 'array'; readonly items: ReadonlyMap<number, Init>; readonly at: Span }
  | { readonly kind: 'struct'; readonly items: ReadonlyMap<string, Init>; readonly at: Span };

export interface FunctionSym {
  readonly kind: 'function';
  readonly name: string;
  readonly returns: CType;
  readonly params: VarSym[];
  /** All locals of all blocks. */
  readonly locals: VarSym[];
  body?: Stmt;
  /** `static`: visible in its file only (files are linked as separate translation units). */
  readonly isStatic: boolean;
  /** Steps in it belong to the call: functions of the prelude, and `[[mm::atomic]]` ones. */
  readonly opaque: boolean;
  readonly atomic: boolean;
  /** Prelude only: `[[mm::step("acquire")]]`, the kind of the one step of an atomic function. */
  readonly step?: string;
  readonly operation: boolean;
  readonly thread?: { readonly name?: string; readonly count?: number; readonly daemon: boolean };
  readonly invariant?: {
    readonly name: string;
    readonly when: 'strict' | 'idle' | 'ensures';
    readonly operations: readonly string[];
  };
  readonly at: Span;
}

/** Every expression: its type after C's conversions and where it stands. */
interface Typed {
  readonly type: CType;
  readonly at: Span;
}

export type UnaryOp = '-' | '~' | '!';
export type ArithOp = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Expr =
  /** Constants of every sort, folded: literals, enum members, sizeof, NR_THREADS. NULL is 0 with a pointer type. */
  | (Typed & { readonly kind: 'number'; readonly value: number | bigint })
  | (Typed & { readonly kind: 'string'; readonly value: string })
  /** Lvalues. */
  | (Typed & { readonly kind: 'name'; readonly sym: VarSym })
  | (Typed & { readonly kind: 'deref'; readonly pointer: Expr })
  /** `.` and (after conversion to a deref) `->`. `of` is an lvalue, or a struct value (call, compound literal). */
  | (Typed & { readonly kind: 'member'; readonly of: Expr; readonly field: Field })
  /** `a[i]`; `of` is an array lvalue (pointers are not indexed: no pointer arithmetic; p[0] becomes *p). */
  | (Typed & { readonly kind: 'index'; readonly of: Expr; readonly index: Expr })
  | (Typed & { readonly kind: 'address'; readonly of: Expr })
  | (Typed & { readonly kind: 'unary'; readonly op: UnaryOp; readonly a: Expr })
  /** Operands are already converted to the common type (integers), or both are pointers / threads (== and != only). */
  | (Typed & {
      readonly kind: 'binary';
      readonly op: ArithOp | CompareOp;
      readonly a: Expr;
      readonly b: Expr;
    })
  | (Typed & { readonly kind: 'logical'; readonly op: '&&' | '||'; readonly a: Expr; readonly b: Expr })
  | (Typed & { readonly kind: 'conditional'; readonly test: Expr; readonly a: Expr; readonly b: Expr })
  /** Conversion between integer types / enums / bool / thread; or a change of pointer type that is only a name (void *). */
  | (Typed & { readonly kind: 'cast'; readonly a: Expr })
  /** `to = value`; `value` is converted to the type of `to`. Struct assignment included. */
  | (Typed & { readonly kind: 'assign'; readonly to: Expr; readonly value: Expr })
  /** `to op= value`: computed in `common` (both converted to it), then converted back. */
  | (Typed & {
      readonly kind: 'assign-op';
      readonly op: ArithOp;
      readonly to: Expr;
      readonly value: Expr;
      readonly common: CType;
    })
  | (Typed & { readonly kind: 'increment'; readonly to: Expr; readonly by: 1 | -1; readonly prefix: boolean })
  | (Typed & { readonly kind: 'comma'; readonly a: Expr; readonly b: Expr })
  | (Typed & { readonly kind: 'call'; readonly fn: FunctionSym; readonly args: readonly Expr[] })
  /** `vma->vm_ops->nopage(...)`: `callee` is an expression of type pointer to function. */
  | (Typed & { readonly kind: 'call-indirect'; readonly callee: Expr; readonly args: readonly Expr[] })
  /** A function used as a value: in const ops tables and comparisons with NULL. */
  | (Typed & { readonly kind: 'function'; readonly fn: FunctionSym })
  /** `(pte_t){ .page = p }`: a struct value. */
  | (Typed & { readonly kind: 'compound'; readonly init: ExprInit })
  | (Typed & {
      readonly kind: 'builtin';
      readonly name: BuiltinName;
      readonly args: readonly Expr[];
      readonly pool?: VarSym;
      readonly offset?: readonly Field[];
    });

/** An initialiser of a local or compound literal: expressions need not be constant. */
export type ExprInit =
  | { readonly kind: 'expr'; readonly expr: Expr }
  | { readonly kind: 'array'; readonly items: ReadonlyMap<number, ExprInit>; readonly at: Span }
  | { readonly kind: 'struct'; readonly items: ReadonlyMap<string, ExprInit>; readonly at: Span };

/** What the language itself provides; all else is C, the prelude included (src/lang/prelude.h). */
export type BuiltinName =
  | 'choose' // choose(n): int; n constant; a step
  | 'alloc' // alloc(pool): pointer to the pool's type; `pool` is set
  | 'free' // free(pointer)
  | 'assert' // assert(cond)
  | 'BUG' // BUG(): BUG_ON(c) is `if (c) BUG();` in the prelude
  | 'expose' // expose(zero) / expose(uninit): the argument is a string expression
  | 'violated' // violated("format", ...): bool false, in invariants only
  | 'witness' // witness("install"): a place worth having been reached; takes no step; args[0] is the string
  | 'stale' // stale(pointer): bool, in invariants, assert and ghost code only
  | 'pool_first' // pool_first(pool) / pool_next(pool, pointer): allocated members; specification only
  | 'pool_next'
  | 'READ_ONCE'
  | 'WRITE_ONCE'
  | 'smp_load_acquire'
  | 'smp_store_release'
  | 'xchg' // xchg(pointer, value)
  | 'cmpxchg' // cmpxchg(pointer, old, new)
  | 'smp_mb'
  | 'smp_rmb'
  | 'smp_wmb'
  | 'container' // __container_of(pointer, offsetof(type, member)): void *; `offset` is the member path
  // Prelude only:
  | '__await' // __await(cond): the enclosing atomic function blocks until cond holds
  | '__event' // __event(queue): the current step is of this kind
  | '__order' // __order(full): what the enclosing atomic function orders, if not what its kind does
  | '__fail' // __fail(kind, "message"): trouble of that kind
  | '__current'; // thread_t of the running thread

export type Stmt =
  | { readonly kind: 'block'; readonly body: readonly Stmt[]; readonly at: Span }
  | { readonly kind: 'declare'; readonly sym: VarSym; readonly init?: ExprInit; readonly at: Span }
  | { readonly kind: 'expr'; readonly expr: Expr; readonly at: Span }
  | {
      readonly kind: 'if';
      readonly test: Expr;
      readonly then: Stmt;
      readonly otherwise?: Stmt;
      readonly at: Span;
    }
  | { readonly kind: 'while'; readonly test: Expr; readonly body: Stmt; readonly at: Span }
  | { readonly kind: 'do'; readonly body: Stmt; readonly test: Expr; readonly at: Span }
  | {
      readonly kind: 'for';
      readonly init?: Stmt;
      readonly test?: Expr;
      readonly step?: Expr;
      readonly body: Stmt;
      readonly at: Span;
    }
  /** `body` holds the cases and defaults wherever they stand (Duff's device included). */
  | { readonly kind: 'switch'; readonly value: Expr; readonly body: Stmt; readonly at: Span }
  | { readonly kind: 'case'; readonly value: number | bigint; readonly at: Span }
  | { readonly kind: 'default'; readonly at: Span }
  | { readonly kind: 'break' | 'continue' | 'empty'; readonly at: Span }
  | { readonly kind: 'goto'; readonly label: string; readonly at: Span }
  | { readonly kind: 'label'; readonly label: string; readonly at: Span }
  | { readonly kind: 'return'; readonly value?: Expr; readonly at: Span };

/** A protocol linked with a scenario (and the headers of both): what `check` returns. */
export interface LinkedModel {
  readonly globals: readonly VarSym[];
  /** With bodies; prelude functions included. */
  readonly functions: readonly FunctionSym[];
  readonly structs: readonly StructDecl[];
  /** Total number of threads: each mm::thread function counts `count ?? 1`. */
  readonly threadCount: number;
  /** Source text of a span, as written (before macro expansion), white space folded to single blanks. */
  readonly textOf: (at: Span) => string;
  readonly sources: readonly { readonly name: string; readonly text: string }[];
}
