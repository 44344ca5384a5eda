import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import nodeProcess from 'node:process'

/** A version of Node that users run. */
export interface NodeVersion {
  readonly major: number
  readonly program: string
}

/** The folder into which `.ci/run` installs the versions that do not run the tests. */
const NODES = join(homedir(), '.cache', 'freshet', 'nodes')
const RUNNING = Number(nodeProcess.versions.node.split('.')[0])

const supported: readonly NodeVersion[] = [20, 22, 24].map((major) => ({
  major,
  program:
    major === RUNNING
      ? nodeProcess.execPath
      : join(NODES, String(major), 'node_modules', 'node', 'bin', 'node'),
}))

/** The supported versions that are on this machine: the one that runs the tests, and those of `.ci/run`. */
export const presentNodes: readonly NodeVersion[] = supported.filter(({ program }) =>
  existsSync(program),
)

/** The supported versions that this machine lacks. */
export const absentNodes: readonly number[] = supported
  .filter((each) => !presentNodes.includes(each))
  .map(({ major }) => major)
