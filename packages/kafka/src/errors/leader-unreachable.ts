/**
 * The leader of one partition refused the connection, or did not answer in time. The cause is an error of the
 * library.
 */
export class LeaderUnreachable extends Error {
  constructor(topic: string, partition: number, cause?: unknown) {
    super(`there is no connection to the leader of ${topic}/${partition}`, { cause })
    this.name = 'LeaderUnreachable'
  }
}
