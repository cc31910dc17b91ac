// Server-sent events as EventSource reads them, with a token: it comes again with Last-Event-ID whenever the stream ends or breaks, and gives
// up when it is told to (204) or refused.
import {setTimeout as sleep} from 'node:timers/promises';

export class EventReader {
  constructor(person, path, {lastEventId = ''} = {}) {
    Object.assign(this, {person, path, lastEventId, retry: 1000, events: [], opened: 0, comments: 0, clean: 0, over: false});
    this.abort = new AbortController();
    this.done = this.run();
  }

  async run() {
    for (;;) {
      if (this.abort.signal.aborted) return;
      try {
        const answer = await fetch(this.person.url + this.path, {
          headers: {Authorization: `Bearer ${this.person.token}`, Accept: 'text/event-stream',
            ...(this.lastEventId && {'Last-Event-ID': this.lastEventId})}, signal: this.abort.signal,
        });
        this.status = answer.status;
        if (answer.status === 204 || (answer.status >= 400 && answer.status < 500)) {
          this.over = true;
          return;
        }
        if (answer.status === 200) {
          this.opened++;
          await this.read(answer);
          this.clean++;
        }
      } catch (error) {
        if (this.abort.signal.aborted) return;
        this.broken = (this.broken ?? 0) + 1;
      }
      await sleep(this.retry, undefined, {ref: false});  // so that it keeps nobody who has failed from ending
    }
  }

  async read(answer) {
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of answer.body) {
      text += decoder.decode(bytes, {stream: true});
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) this.take(text.slice(0, end));
    }
  }

  take(block) {
    const event = {};
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon === 0) this.comments++;
      if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
    }
    if (event.retry) this.retry = Number(event.retry);
    if (event.id) this.lastEventId = event.id;
    if (event.data) this.events.push({...event, data: JSON.parse(event.data)});
  }

  close() { this.abort.abort(); }
}
