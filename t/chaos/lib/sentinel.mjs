export class Sentinel {}
