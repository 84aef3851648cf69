// SPDX-License-Identifier: GPL-2.0-only
// Owns a program that opens the sample recording in the debugger, for end-to-end tests and for looking at it.

import { open } from '../../src/tui/open.tsx';
import { sampleRecording } from './sample-recording.ts';

const at = Number(process.argv[2] ?? '0');
process.exitCode = await open(sampleRecording(), {
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
  name: 'sample.json',
  at,
});
