#!/usr/bin/env node
/**
 * Starts the command line of the installed package. Written so that old versions of Node.js can read
 * it and say what they lack; everything else is compiled into dist/ when the package is made.
 */
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { engines } = require('../package.json');

const main = join(__dirname, '../dist/cli/main.js');
const needed = engines.node.replace('>=', '');

function isRecent() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [minMajor, minMinor] = needed.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

function refuse(reason) {
  process.stderr.write(`tecp: ${reason}\n`);
  process.exitCode = 2;
}

if (!isRecent()) {
  refuse(
    `Node.js ${needed} or later is needed; this is ${process.version} in ${process.execPath}.`,
  );
} else if (!existsSync(main)) {
  refuse('This package holds no program: "npm pack" was told not to run scripts when it was made.');
} else {
  // What hints and help call this program.
  process.env.TECP_PROGRAM = process.env.npm_command === 'exec' ? 'npx tecp' : process.argv[1];
  import(pathToFileURL(main).href);
}
