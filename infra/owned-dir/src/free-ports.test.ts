import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freePorts } from './free-ports.ts'

const COUNT = 40

test('ports are different, and a server can listen on each', async () => {
  const ports = await freePorts(COUNT)
  expect(new Set(ports)).toHaveLength(COUNT)
  for (const port of ports) {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    server.close()
  }
})

test('a port that was handed out is held against every process until this one ends', async () => {
  const [port] = await freePorts(1)
  const taking = `
    const holder = require('node:dgram').createSocket('udp4')
    holder.once('error', ({ code }) => { console.log(code); process.exit() })
    holder.bind({ port: ${port}, address: '127.0.0.1', exclusive: true }, () => process.exit())`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', taking])
  expect(stdout.trim()).toBe('EADDRINUSE')
})
