namespace Registry.Benchmarks;
public static class HttpBenchmark { public static Task Run(Settings run) => Task.CompletedTask; }
public static class PeerBenchmark { public static Task Run(Settings run) => Task.CompletedTask; }
public static class BareKestrel { public static Task Serve(int port, FileInfo[] files) => Task.CompletedTask; }
