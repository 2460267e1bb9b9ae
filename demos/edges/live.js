// webcam -> server -> screen. A frame is taken when an earlier one has come back, so nothing piles up;
// props.value says what to do with it: {on, way, low, high, kernel}
const video = element.querySelector('video'), result = element.querySelector('img');
const badge = element.querySelector('.edges-live-badge'), canvas = document.createElement('canvas');
let stream = null, times = [];

function stop() {
  stream?.getTracks().forEach(track => track.stop());
  stream = null; video.srcObject = null; times = [];
}

async function start() {
  try {
    // undefined on pages that are neither localhost nor https
    stream = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 640}, height: {ideal: 480}}});
  } catch (error) {
    badge.innerHTML = await server.explain_trouble(navigator.mediaDevices ? error.name : 'insecure');
    return;
  }
  video.srcObject = stream;
  await video.play();
  // two at a time: one travels while the other is worked on
  loop(); loop();
}

function grab() {
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext('2d');
  // as in a mirror
  pen.setTransform(-1, 0, 0, 1, canvas.width, 0);
  pen.drawImage(video, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.8);
}

function rate() {
  times = [...times.slice(-30), performance.now()];
  return times.length < 3 ? 0 : (times.length - 1) * 1000 / (times.at(-1) - times[0]);
}

async function loop() {
  const mine = stream;
  while (stream === mine && mine) {
    if (!element.isConnected) return stop();
    // another tab is open: wait for this one
    if (!video.videoWidth || !element.offsetParent) { times = []; await new Promise(done => setTimeout(done, 200)); continue; }
    const answer = await server.process_frame({...props.value, frame: grab(), rate: rate()});
    if (stream !== mine) return;
    if (answer.picture) result.src = answer.picture;
    badge.innerHTML = answer.badge;
  }
}

watch('value', () => {
  const on = Boolean(props.value?.on);
  if (on && !stream) start();
  if (!on && stream) stop();
});
