/** An entry of package-lock.json: an installed package, a workspace, or the link to one. */
export interface Locked {
  readonly link?: boolean
  readonly resolved?: string
  readonly dev?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The packages of a lock file, by their place. */
export type Lock = Readonly<Record<string, Locked>>

/**
 * Returns the names of the packages that `npm ci --omit=dev --workspace=WORKSPACE` installs, by the lock file alone.
 * npm takes all that the workspace and its own workspaces depend on, also for development. Then it leaves out what
 * the lock file marks as `dev`: packages that only development needs.
 */
export function productionTree(lock: Lock, workspace: string): ReadonlySet<string> {
  const places = new Set([workspace])
  for (const place of places) {
    for (const name of wantedBy(lock[place] ?? {})) {
      const found = placeOf(lock, place, name)
      if (found !== undefined && lock[found]?.dev !== true) places.add(found)
    }
  }
  return new Set([...places].map((place) => place.replace(/^.*node_modules\//, '')))
}

function wantedBy(entry: Locked): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = entry
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies }
  return Object.keys(all)
}

/** The place where Node finds a package: the nearest `node_modules`, then that of each folder above. */
function placeOf(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = above(folder)) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    const found = lock[place]
    if (found !== undefined) return found.link === true ? found.resolved : place
    if (folder === '') return undefined
  }
}

function above(folder: string): string {
  const parts = folder.split('/')
  return parts.slice(0, -1).join('/')
}
