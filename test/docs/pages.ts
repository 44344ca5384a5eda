import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT_PAGES } from '../../infra/site/src/root-pages.ts'

/** Root of the repository. */
export const ROOT: string = join(import.meta.dirname, '../..')

/** A page of the documentation, by its path from the root. */
export interface Page {
  readonly path: string
  readonly text: string
}

const WORKSPACES = ['packages', 'services', 'infra']

/** Reads one page. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

/** Returns every page that is written by hand: those at the root, in `docs`, and one per package. */
export function allPages(): readonly Page[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
  const ofWorkspaces = WORKSPACES.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .filter((file) => existsSync(join(ROOT, file))),
  )
  return [...ROOT_PAGES, ...inDocs, ...ofWorkspaces].map(readPage)
}

const path = /`((?:packages|services|infra|schemas|test|docs)\/[\w./-]*)`/g
const link = /\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g

/**
 * Returns the files and folders that a text names: in backticks from the root, or as targets of its links.
 */
export function pathsNamedIn({ path: page, text }: Page): readonly string[] {
  const quoted = [...text.matchAll(path)].map(([, named = '']) => named)
  const linked = [...text.matchAll(link)].map(([, target = '']) => join(dirname(page), target))
  return [...new Set([...quoted, ...linked])]
}

/** Returns those that do not exist. */
export function missingIn(page: Page): readonly string[] {
  return pathsNamedIn(page).filter((named) => !existsSync(join(ROOT, named)))
}

/**
 * Returns a section of a page with its subsections.
 *
 * @throws if the page has no such heading of the second level
 */
export function sectionOf({ path: page, text }: Page, heading: string): string {
  const found = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`))
  if (found === undefined) throw new Error(`${page} has no section ${heading}.`)
  return found
}

/** Returns the cells of every table row of a text whose first cell matches. */
export function rowsOf(text: string, first: RegExp): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
    .filter(([cell = '']) => first.test(cell))
}
