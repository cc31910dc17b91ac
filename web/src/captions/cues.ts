import { plainText } from './choice';

interface Cue {
  startTime: number;
  endTime: number;
  text: string;
}

// The cues of one subtitle track, as far as they are known.
export class CueList {
  private cues: Cue[] = [];
  private readonly known = new Set<string>();

  // Cues may come again, after a seek for example.
  add(cues: readonly Cue[]): void {
    for (const { startTime, endTime, text } of cues) {
      const key = `${startTime}/${endTime}/${text}`;
      if (this.known.has(key)) continue;
      this.known.add(key);
      this.cues.push({ startTime, endTime, text });
    }
    this.cues.sort((one, other) => one.startTime - other.startTime);
  }

  clear(): void {
    this.cues = [];
    this.known.clear();
  }

  // The text of all cues that are on at a time in seconds, one below the other.
  textAt(time: number): string {
    return this.cues
      .filter((cue) => cue.startTime <= time && time < cue.endTime)
      .map((cue) => plainText(cue.text))
      .join('\n');
  }
}
