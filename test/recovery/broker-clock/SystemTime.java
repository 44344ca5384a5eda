package org.apache.kafka.common.utils;

import java.nio.file.Files;
import java.nio.file.Path;

/** The broker's own clock, ahead by the milliseconds in a file. Without the file it is right. */
class SystemTime implements Time {
  private static final SystemTime SYSTEM_TIME = new SystemTime();
  private static final Path FILE = Path.of(System.getProperty("clock.file"));
  private static final long READ_EVERY_MS = 200;
  private volatile long readMs = 0;
  private volatile long aheadMs = 0;

  public static SystemTime getSystemTime() {
    return SYSTEM_TIME;
  }

  @Override
  public long milliseconds() {
    long rightMs = System.currentTimeMillis();
    if (rightMs - readMs > READ_EVERY_MS) {
      readMs = rightMs;
      aheadMs = read();
    }
    return rightMs + aheadMs;
  }

  @Override
  public long nanoseconds() {
    return System.nanoTime();
  }

  @Override
  public void sleep(long ms) {
    Utils.sleep(ms);
  }

  private static long read() {
    try {
      return Long.parseLong(Files.readString(FILE).trim());
    } catch (Exception missing) {
      return 0;
    }
  }
}
