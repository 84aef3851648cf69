#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
// The launcher: checks Node's version, then loads the bundle in dist/. Written in the JavaScript of long ago, and
// valid both as a script and as a module, so that an old Node reaches the message instead of a syntax error.
(function () {
  function giveUp(message) {
    console.error('mmreplay: ' + message);
    process.exitCode = 2;
  }

  var version = process.versions.node.split('.').map(Number);
  if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
    return giveUp('needs Node 20.19 or newer, and this is Node ' + process.versions.node + '.');
  }

  // React decides while it loads whether it is the slow development build.
  if (!process.env.NODE_ENV) process.env.NODE_ENV = 'production';
  // Node 22 and newer keep the compiled code for the next start.
  var loader = process.getBuiltinModule && process.getBuiltinModule('module');
  if (loader && loader.enableCompileCache) loader.enableCompileCache();

  import('../dist/mmreplay.js').catch(function (error) {
    if (/^Cannot find (module|package) '[^']*dist.mmreplay\.js' imported/.test(error && error.message)) {
      return giveUp('is not built yet. In a clone of the repository run: npm ci && npm run build');
    }
    if (error && error.syscall === 'uv_cwd')
      return giveUp('the current directory is gone: cd to another one.');
    console.error(error);
    process.exitCode = 70;
  });
})();
