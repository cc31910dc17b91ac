// Whether a URL is of another origin than the page: media that a CDN delivers. It wants its cookies.
export function isElsewhere(url: string, page: string = window.location.href): boolean {
  return new URL(url, page).origin !== new URL(page).origin;
}
