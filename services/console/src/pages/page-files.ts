import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FreshetError } from '@freshet/protocol'

/**
 * The folder in which the build leaves the pages, seen from the sources and from the compiled files alike.
 */
const BUILT: string = fileURLToPath(new URL('../../dist/ui/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** A file of the pages, ready to be sent. */
export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The pages as they were built: one document, and what it loads. */
export interface PageFiles {
  readonly document: PageFile
  /** The files by their name below `/assets/`, which has a hash of the content. */
  readonly assets: ReadonlyMap<string, PageFile>
}

/** Reads the built pages whole: they are small, and no path of a request ever reaches the disk. @throws `config.invalid` */
export async function loadPageFiles(dir: string = BUILT): Promise<PageFiles> {
  try {
    const document = await readFile(join(dir, 'index.html'))
    const names = await readdir(join(dir, 'assets'))
    const assets = await Promise.all(
      names.map(async (name) => {
        const bytes = new Uint8Array(await readFile(join(dir, 'assets', name)))
        const type = TYPES[extname(name)] ?? 'application/octet-stream'
        return [name, { type, bytes }] as const
      }),
    )
    const bytes = new Uint8Array(document)
    return { document: { type: 'text/html; charset=utf-8', bytes }, assets: new Map(assets) }
  } catch (cause) {
    throw new FreshetError('config.invalid', 'The pages are not built: npm run build.', { cause })
  }
}
