import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { StartedService } from '../setup/start-service.ts'

/** A root folder, and the way in which a container runtime runs a program in it. */
export interface Confinement {
  readonly root: string
  /** Folder that is mounted read-only as {@link CONFIG}. */
  readonly config: string
  /** `uid:gid`. */
  readonly user: string
  /** False for a control. Default: the root is read-only. */
  readonly readOnly?: boolean
}

/** The place of the configuration in the image. */
export const CONFIG = '/etc/freshet'
/** The mounts that a process can write to. */
const WRITABLE: readonly string[] = ['/tmp', '/proc']

/**
 * Mounts as a container runtime does, in a mount namespace of its own, and becomes the program. So the process id is that
 * of the program, and signals reach it.
 */
const LAUNCH = `
set -e
mount --bind "$ROOT" "$ROOT"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$ROOT/tmp"
mount --rbind /proc "$ROOT/proc"
mount --bind "$CONFIG" "$ROOT/etc/freshet"
mount -o remount,bind,ro "$ROOT/etc/freshet"
[ "$MODE" = rw ] || mount -o remount,bind,ro "$ROOT"
user=$OWNER root=$ROOT
unset ROOT CONFIG MODE OWNER
exec chroot --userspec="$user" --groups="" "$root" "$@"
`

/** Returns the reason why this machine cannot mount and change its root; undefined if it can. */
export function whyNotConfined(): string | undefined {
  const { status, stderr } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'],
    { encoding: 'utf8' },
  )
  return status === 0 ? undefined : stderr || 'unshare is missing'
}

/** Starts a program of the image with these variables alone. */
export function startConfined(
  { root, config, user, readOnly = true }: Confinement,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartedService {
  const launch = { ROOT: root, CONFIG: config, OWNER: user, MODE: readOnly ? 'ro' : 'rw' }
  const script = ['sh', '-c', LAUNCH, 'launch', ...command]
  const child = spawn('unshare', ['--mount', '--propagation', 'private', ...script], {
    env: { ...env, PATH: `/usr/sbin:/usr/bin:/sbin:/bin`, ...launch },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => (output += String(part)))
  const exited = once(child, 'exit')
  return {
    child,
    exited,
    url: `http://127.0.0.1:${env['FRESHET_PORT']}`,
    proxyUrl: `http://127.0.0.1:${env['FRESHET_PROXY_PORT']}`,
    output: () => output,
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Returns each way in which a process is less confined than the image promises, by what the kernel reports. */
export async function faultsOf(pid: number, user: string): Promise<readonly string[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): readonly string[] =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/) ?? []
  const [uid = '', gid = ''] = user.split(':')
  const privileges = field('CapEff').filter((mask) => /[^0]/.test(mask))
  return [
    ...field('Uid')
      .filter((id) => id !== uid)
      .slice(0, 1)
      .map((id) => `runs as user ${id}`),
    ...field('Gid')
      .filter((id) => id !== gid)
      .slice(0, 1)
      .map((id) => `runs as group ${id}`),
    ...privileges.map((mask) => `has capabilities ${mask}`),
    ...writableIn(await readFile(`/proc/${pid}/mountinfo`, 'utf8')),
  ]
}

/** The last mount of a place hides those before it. */
function writableIn(mountinfo: string): readonly string[] {
  const mounts = new Map(
    mountinfo
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([, , , , place = '', options = '']) => [place, options.split(',')]),
  )
  return [...mounts]
    .filter(([place]) => !WRITABLE.some((each) => place === each || place.startsWith(`${each}/`)))
    .filter(([, options]) => !options.includes('ro'))
    .map(([place]) => `can write below ${place}`)
}
