// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay inspect`: a trace as text or JSON.

import { readTrace } from '../../trace/file.ts';
import type { InspectArguments } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { paintFor } from '../paint.ts';
import { isBad } from '../../view/findings.ts';
import { inspectReport } from '../report/inspect-report.ts';
import { inspectText } from '../report/inspect-text.ts';

/** Throws UserError as readTrace does. */
export async function inspect({ file, json, full }: InspectArguments, io: Io): Promise<ExitCode> {
  const trace = await readTrace(file, io.stdin);
  const report = inspectReport(trace, full);
  if (json) print(io.stdout, JSON.stringify(report, null, 2));
  else print(io.stdout, ...inspectText(report, trace.recording, paintFor(io.stdout, io.env)));
  return report.verdict !== null && isBad(report.verdict) ? EXIT.violation : EXIT.fine;
}
