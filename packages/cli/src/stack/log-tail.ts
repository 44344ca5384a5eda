import { open } from 'node:fs/promises'

const TAIL_BYTES = 4_096
const TAIL_LINES = 12

/** The last lines of a log file, for the error text of a process that failed. */
export async function tailOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return '(no log)'
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from)
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n')
    return lines.slice(-TAIL_LINES).join('\n')
  } finally {
    await handle.close()
  }
}
