import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Repository, SourceFile, Workspace } from './check.ts'

const root = join(import.meta.dirname, '..', '..')
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'results', 'native'])

/** Reads the present files of this clone. */
export function readRepository(): Repository {
  const main = readJson('package.json')
  const dirs = (main['workspaces'] as string[]).flatMap(expand)
  return {
    workspaces: dirs.map(readWorkspace),
    files: [...dirs, 'test'].flatMap(readFiles),
    rootDependencies: namesIn(main, 'devDependencies'),
  }
}

function expand(pattern: string): string[] {
  if (!pattern.endsWith('/*')) return [pattern]
  const parent = pattern.slice(0, -2)
  // A folder without a manifest is the build output of a package that was renamed.
  return readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((dir) => existsSync(join(root, dir, 'package.json')))
}

function readWorkspace(dir: string): Workspace {
  const manifest = readJson(`${dir}/package.json`)
  const references = readJson(`${dir}/tsconfig.json`)['references'] as { path: string }[]
  return {
    dir,
    name: String(manifest['name']),
    dependencies: [...namesIn(manifest, 'dependencies'), ...namesIn(manifest, 'peerDependencies')],
    devDependencies: namesIn(manifest, 'devDependencies'),
    references: references.map(({ path }) => relative(root, join(root, dir, path))),
  }
}

function readFiles(dir: string): SourceFile[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : readFiles(path)
    if (!/\.(tsx?|js|mjs)$/.test(entry.name)) return []
    return [{ path, text: readFileSync(join(root, path), 'utf8') }]
  })
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>
}

function namesIn(manifest: Record<string, unknown>, field: string): string[] {
  return Object.keys(manifest[field] ?? {})
}
