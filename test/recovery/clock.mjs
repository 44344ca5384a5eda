import { readFileSync } from 'node:fs'

/**
 * Loaded before a process of ours (`node --import`), it puts the clock of the process ahead by the milliseconds that
 * the file of `CLOCK_FILE` has. Without the file the clock is right. The process itself is the built product, unchanged.
 */
const file = process.env.CLOCK_FILE
delete process.env.CLOCK_FILE
const READ_EVERY_MS = 200
const now = Date.now.bind(Date)
let aheadMs = 0
let readMs = 0

Date.now = () => {
  const rightMs = now()
  if (rightMs - readMs > READ_EVERY_MS) {
    readMs = rightMs
    aheadMs = read()
  }
  return rightMs + aheadMs
}

function read() {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}
