// The decoder of QR codes for browsers that have none (app/qr, built into qr.wasm).

/** The longer side of the picture that is decoded, in pixels: enough for a code that fills a third of it. */
const SIZE = 720;

/**
 * Loads the decoder. Returns a function that reads the QR code in a picture, such as a frame of a video, of this width
 * and height; it returns the text, or null if there is no code that can be read.
 */
export async function load() {
  const compiled = await WebAssembly.compileStreaming(fetch('/static/qr.wasm'));
  const start = () => new WebAssembly.Instance(compiled).exports;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let decoder = start();
  return (picture, pictureWidth, pictureHeight) => {
    const scale = Math.min(1, SIZE / Math.max(pictureWidth, pictureHeight));
    const [width, height] = [pictureWidth, pictureHeight].map((side) => Math.max(1, Math.round(side * scale)));
    Object.assign(canvas, { width, height });
    context.drawImage(picture, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    try {
      const at = decoder.picture(width, height);
      const grey = new Uint8Array(decoder.memory.buffer, at, width * height);
      for (let pixel = 0; pixel < grey.length; pixel += 1) {
        grey[pixel] = (data[4 * pixel] + 2 * data[4 * pixel + 1] + data[4 * pixel + 2]) >> 2;
      }
      const length = decoder.decode();
      if (length === 0) return null;
      return new TextDecoder().decode(new Uint8Array(decoder.memory.buffer, decoder.text(), length));
    } catch {
      // The decoder has panicked over this picture, and its memory is no longer valid.
      decoder = start();
      return null;
    }
  };
}
