// SPDX-License-Identifier: GPL-2.0-only
// Owns the help texts, each made to be read on 80 columns. Every option of arguments.ts stands here (a test looks).

const model = `\
  PROTOCOL, SCENARIO   a name, or a part of one that fits no other ('mmreplay
                       list' shows them); or a C file: it ends in .c, or has a
                       / in it`;

const variants = `\
  -D NAME[=VALUE]      define a macro: variants of a protocol are made so
  -I DIR               look for #include files in DIR, too
  --memory MODEL       what CPUs may reorder: sc (nothing, the default), tso
                       (x86), weak (what the kernel's memory model allows)`;

const limits = `\
  --max-states N       give up after N states; the verdict is then LIMIT
  --memory-limit SIZE  give up before it takes more: 500M, 2G (default: half of
                       the machine's memory, less where less is free)
  --time-limit TIME    give up after so long: 30s, 5m, 1h
  --reduce LIST        what keeps the search small: all, none, or some of
                       locks,local,symmetry,persistent (default: none up to
                       300,000 states, then all but persistent); the verdict
                       is the same with each`;

const full = `\
  --full               draw every step, not only what bears on the outcome`;

const trace = `\
  FILE                 a trace (.json or .jsonl, gzipped or not), or -: a pipe`;

export const help = {
  '': `\
mmreplay finds races of the Linux memory manager and replays them step by step.

  mmreplay FILE                         open a trace in the debugger
  mmreplay explore PROTOCOL SCENARIO    try every schedule: SAFE, or the
                                        shortest race as a CPU0/CPU1 diagram
  mmreplay record PROTOCOL SCENARIO -o FILE
                                        write one run as a trace
  mmreplay inspect FILE                 print what a trace shows
  mmreplay export PROTOCOL SCENARIO --to promela
                                        the model for SPIN, another explorer
  mmreplay matrix                       every protocol in every scenario, one
                                        table, held against the catalogue
  mmreplay list                         the protocols, their variants, and the
                                        scenarios that come with mmreplay
  mmreplay COMMAND --help               more about a command

A protocol is one way of keeping page faults and truncation apart; a scenario
says what each CPU does. Both are C files: mmreplay's own, or yours.

  mmreplay explore stock truncate
  mmreplay explore my-fix.c truncate -o race.json
  mmreplay race.json

Exit codes: 0 fine, 1 a violation was found or is in the trace, 2 usage or bad
input, 3 LIMIT (the search was cut off), 4 the matrix differs from the
catalogue, 70 a bug of mmreplay.`,

  explore: `\
mmreplay explore PROTOCOL SCENARIO [options]

Tries every schedule, shortest first, and prints the verdict: SAFE, or what is
violated, with the shortest schedule that does it as a CPU0/CPU1 diagram; and
whether every thread and operation ends: ok, or a run that never does, as a way
to a loop. LIVELOCK: no scheduler helps. SPIN: a fair one does.

${model}
${variants}
  -o FILE              write the violation, or the endless run, as a trace:
                       FILE.json or FILE.jsonl, and .gz if you like
${full}
  --all                list every violation, each once, by the two lines that
                       race, not only the nearest
  --json               print JSON, for machines; its schema comes along as
                       docs/schema/explore.schema.json

When it is too large (docs/SCALING.md); Ctrl-C prints what is known so far:

${limits}
  --preemptions K      only schedules with at most K preemptions, fewest first
  --random N           N random runs instead of a search; the same command
                       makes the same runs
  --seed S             ... other ones (default 1)
  --pct D              ... by priorities that change D times a run (PCT)

Exit codes: 0 SAFE, 1 a violation or LIVELOCK, 2 usage or bad input, 3 LIMIT.

  mmreplay explore counter invalidate
  mmreplay explore my-fix.c truncate -D NO_RECHECK -o race.json`,

  record: `\
mmreplay record PROTOCOL SCENARIO -o FILE [options]

Writes one run as a trace, up to the step after which nothing more can happen.
Without --schedule or --seed it is the shortest violation and what comes after
it; when every schedule is safe, a run that never ends, if there is one; else
nothing is written.

${model}
${variants}
  -o FILE              the trace: FILE.json or FILE.jsonl, and .gz if you like
  --schedule TEXT      the run of this schedule, as explore prints it, to its
                       last step and no further
  --seed N             a random run; the same N gives the same run
  --safe-run           when every schedule is safe, write one of them
${limits}

Exit codes: 0 written, or every schedule is SAFE, 2 usage or bad input,
3 LIMIT.

  mmreplay record stock truncate -o race.json
  mmreplay record frlock truncate --safe-run -o safe.json`,

  export: `\
mmreplay export PROTOCOL SCENARIO --to promela [options]

Writes the model in Promela, the language of the model checker SPIN, for a
second opinion, or for more than one machine: docs/SCALING.md. Each step is one
atomic sequence. Types and pointers are fitted to the values found by a search;
in the exported model an assertion fails where a value is none of them.

${model}
${variants}
  --to promela         the language; there is no other yet
  -o FILE              write to FILE instead of standard output
  --max-states N       end the search for values after N states (200000)

Exit codes: 0 written, 2 usage or bad input.

  mmreplay export counter truncate --to promela -o counter.pml`,

  inspect: `\
mmreplay inspect FILE [options]

Prints what a trace shows: the model, the verdict, the run as a CPU0/CPU1
diagram, and the cells that the violation involves.

${trace}
${full}
  --json               print JSON, for machines; its schema comes along as
                       docs/schema/inspect.schema.json

Exit codes: 0 no violation in it, 1 a violation, 2 usage or bad input.`,

  matrix: `\
mmreplay matrix [PROTOCOL...] [options]

Searches every row of the catalogue (protocol, variant, scenario) and prints
one table: what the mails claimed, what is found, states, time, and the steps
of the shortest violation. A row that is not what the catalogue expects is
marked with !, and one where the mails are wrong with x. PROTOCOL is a name,
or a part of one.

  --scenario NAME      only this scenario
  --max-states N       give up a row after N states: its verdict is then LIMIT
  -j, --jobs N         search N rows at a time (default: one for each core)
  --json               print JSON, for machines; its schema comes along as
                       docs/schema/matrix.schema.json
  --markdown           print the table as Markdown, for documents
  --no-time            leave times out: the same matrix is then the same bytes

The table fits the terminal, and takes 80 columns, or COLUMNS, where there is
none. Ctrl-C ends the search and prints the rows that are done.

Exit codes: 0 all as expected, 2 usage or bad input, 3 LIMIT (a row was cut
off, or not searched), 4 a row differs from the catalogue, 70 a bug of
mmreplay.

  mmreplay matrix
  mmreplay matrix counter frlock --scenario invalidate`,

  list: `\
mmreplay list [--json]

Lists the protocols that come with mmreplay, each with its variants, and the
scenarios.`,
} as const;

export type HelpTopic = keyof typeof help;
