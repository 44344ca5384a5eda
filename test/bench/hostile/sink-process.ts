import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { childArgument, sendToParent } from '../run/child.ts'

/** An order for the processor time so far. */
export type SinkOrder = 'cpu'

/** Entry of a server that reads each request and refuses it: the least that a refusal in Node costs. */
childArgument()
const server = createServer((request, answer) => {
  request.resume().once('end', () => answer.writeHead(401, { 'content-length': '0' }).end())
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  sendToParent((user + system) / 1e6)
})
server.listen(0, '127.0.0.1', () => {
  sendToParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
