import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** The user of the image. It owns no file. */
const USER = 10001
const EXECUTABLE = 0o755
const SHARED = 0o1777

/** Accounts, and the order in which the C library looks for names. A runtime adds hosts and resolv.conf. */
const FILES = {
  'etc/passwd': `root:x:0:0:root:/:/sbin/nologin\nfreshet:x:${USER}:${USER}:Freshet:/tmp:/sbin/nologin\n`,
  'etc/group': `root:x:0:\nfreshet:x:${USER}:\n`,
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}
/** Places for what a runtime mounts: configuration and keys, processes, temporary files. */
const MOUNTED = ['etc/freshet', 'proc', 'tmp']

/** The command. An image without a shell and `env` needs the path of Node. */
const COMMAND = `#!/usr/bin/node
import('/app/node_modules/@freshet/cli/bin/freshet.js')
`

/** Writes all that a process needs beside the program: Node, its libraries, and few files of a system. */
export async function writeSystem(into) {
  for (const [path, text] of Object.entries(FILES)) await write(join(into, path), text)
  for (const path of MOUNTED) await mkdir(join(into, path), { recursive: true })
  await chmod(join(into, 'tmp'), SHARED)
  await write(join(into, 'usr/bin/freshet'), COMMAND)
  await chmod(join(into, 'usr/bin/freshet'), EXECUTABLE)
  await copyProgram(process.execPath, join(into, 'usr/bin/node'))
  for (const library of await librariesOf(process.execPath))
    await copyProgram(library, join(into, library))
}

/** The shared libraries of a program, and the one that loads them, by their paths. */
async function librariesOf(program) {
  const { stdout } = await promisify(execFile)('ldd', [program])
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path)
}

async function copyProgram(from, to) {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(await realpath(from), to)
  await chmod(to, EXECUTABLE)
}

async function write(path, text) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
