import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TextFile } from './parts.ts'

const FOLDERS = ['docs', 'infra', 'packages', 'services', 'test']
const READ = /\.(?:md|ts|tsx|mjs)$/
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'results', 'target'])

/** Every page and source of the repository, by path. Output of a build or a run is left out. */
export function readFiles(root: string): readonly TextFile[] {
  const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'))
  return [...atRoot, ...FOLDERS.flatMap((folder) => pathsBelow(root, folder))].map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }))
}

function pathsBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : pathsBelow(root, path)
    return READ.test(entry.name) ? [path] : []
  })
}
