// SPDX-License-Identifier: GPL-2.0-only
// Owns a program that opens the sample recording in the debugger, for end-to-end tests and for looking at it.
// SAMPLE_THROW=later makes it throw a while after it has opened, SAMPLE_THROW=render when step 8 is drawn.

import { open } from '../../src/tui/open.tsx';
import { sampleRecording } from './sample-recording.ts';

const recording = sampleRecording();
const wanted = process.env['SAMPLE_THROW'];
if (wanted === 'render') {
  const events = recording.events.map((event, index) => {
    return index === 8
      ? { ...event, writes: event.writes.map((write) => ({ ...write, old: 'damaged' })) }
      : event;
  });
  Object.assign(recording, { events });
}
if (wanted === 'later') {
  setTimeout(() => {
    throw new Error('thrown by the sample');
  }, 300);
}

try {
  process.exitCode = await open(recording, {
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    name: 'sample.json',
    at: Number(process.argv[2] ?? '0'),
  });
} catch (error) {
  console.error(`caught: ${String(error)}`);
  process.exitCode = 70;
}
