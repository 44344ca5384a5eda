import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `install-python.sh` puts the packages here. */
const FOLDER = join(homedir(), '.cache', 'freshet', 'python')

/** True if the packages of Python are installed. `.ci/run` installs them. */
export const hasPython: boolean = existsSync(join(FOLDER, 'installed-2'))

/** Returns the path of a program of these packages, such as `python`. */
export const pythonProgram = (name: string): string => join(FOLDER, 'bin', name)
