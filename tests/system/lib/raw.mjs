// A bare connection: sends what no client would, and sees what really comes back.
import net from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

export class Raw {
  // `from` is the address it comes from: all of 127.0.0.0/8 is this machine. One that doesn't `read` leaves everything in the kernel.
  constructor(url, {from, read = true} = {}) {
    const {hostname, port} = new URL(url);
    this.socket = net.connect({host: hostname, port: Number(port), localAddress: from});
    this.text = '';
    this.ended = false;
    this.opened = new Promise((resolve) => {
      this.socket.once('connect', resolve);
      this.socket.once('close', resolve);
    });
    this.socket.on('error', (error) => { this.error = error.code; });
    this.gone = new Promise((resolve) => this.socket.once('close', () => { this.ended = true; resolve(); }));
    if (read) this.socket.on('data', (bytes) => { this.text += bytes.toString('latin1'); });
    else this.socket.pause();
  }

  send(bytes) {
    if (!this.ended && this.socket.writable) this.socket.write(bytes);
    return this;
  }

  // Everything that came, when the server has closed; fails if it does not.
  async answer(seconds = 60) {
    const late = Symbol('late');
    if (await Promise.race([this.gone, sleep(seconds * 1000, late, {ref: false})]) === late) {
      this.close();
      throw new Error(`the server did not close within ${seconds} s, but said: ${this.text.slice(0, 300)}`);
    }
    return this.text;
  }

  // The status of the first answer; 0 where there was none.
  get status() { return Number(/^HTTP\/1\.1 (\d+)/.exec(this.text)?.[1] ?? 0); }
  // How many answers there were.
  get answers() { return this.text.match(/HTTP\/1\.1 \d+ /g)?.length ?? 0; }
  // Of the first answer, in lower case.
  header(name) {
    return new RegExp(`^${name}: (.*)$`, 'im').exec(this.text.split('\r\n\r\n')[0].replaceAll('\r', ''))?.[1];
  }
  close() { this.socket.destroy(); }
}

// Sends one request and gives the connection, when the server has closed it.
export async function ask(url, bytes, options) {
  const raw = new Raw(url, options);
  await raw.opened;
  raw.send(bytes);
  await raw.answer();
  return raw;
}
