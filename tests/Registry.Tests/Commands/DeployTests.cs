using System.Net;
using System.Net.Sockets;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;

namespace Registry.Tests.CommandsTests;

/// <summary>The recipes of src/Registry/deploy, by the programs they are for.</summary>
public sealed partial class DeployTests : IDisposable
{
    private const double MostExposed = 2.0; // of 10, as systemd counts

    private readonly string folder = Directory.CreateTempSubdirectory("registry-deploy-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Recipe(string name) => Path.Combine(ArchitectureTests.Root(), "src", "Registry", "deploy", name);

    [Fact]
    public void The_service_is_hardened()
    {
        var (_, told) = Tool.Try("systemd-analyze", ["security", "--offline=true", "--no-pager", Recipe("registry.service")]);
        var exposure = Exposure().Match(told);
        Assert.True(exposure.Success && double.Parse(exposure.Groups[1].Value) <= MostExposed, told);
    }

    /// <summary>Two copies of the line were once taken out as one too many, and the next release took a third longer to start.</summary>
    [Fact]
    public void What_is_published_is_compiled_beforehand()
    {
        var project = XDocument.Load(Path.Combine(ArchitectureTests.Root(), "src", "Registry", "Registry.csproj"));
        Assert.Equal("true", project.Descendants("PublishReadyToRun").Single().Value);
    }

    /// <summary>By the references of every assembly that the program reaches, used or not.</summary>
    [Fact]
    public void What_a_release_leaves_out_nothing_refers_to()
    {
        var project = XDocument.Load(Path.Combine(ArchitectureTests.Root(), "src", "Registry", "Registry.csproj"));
        var leftOut = new Regex($"^({string.Concat(project.Descendants("NothingLoads").Select(part => part.Value)).Replace("$(NothingLoads)", "")})$");
        Assert.Matches(leftOut, "Microsoft.AspNetCore.Components.Web");
        string[] folders = [.. from type in (Type[])[typeof(Program), typeof(object), typeof(WebApplication)] select Path.GetDirectoryName(type.Assembly.Location)!];
        HashSet<string> reached = ["registry"];
        for (var left = new Queue<string>(reached); left.TryDequeue(out var name);)
        {
            if (folders.Select(folder => Path.Combine(folder, name + ".dll")).FirstOrDefault(File.Exists) is not { } path) continue;
            using var assembly = new PEReader(File.OpenRead(path));
            var read = assembly.GetMetadataReader();
            foreach (var reference in read.AssemblyReferences.Select(handle => read.GetString(read.GetAssemblyReference(handle).Name)).Where(reached.Add))
                left.Enqueue(reference);
        }
        Assert.Contains("System.Private.CoreLib", reached);
        Assert.DoesNotContain(reached, leftOut.IsMatch);
    }

    [GeneratedRegex(@"exposure level for registry\.service: ([0-9.]+)")]
    private static partial Regex Exposure();

    /// <summary>An answer's id opens it, and a query holds names: neither is anybody's who reads the lines of a proxy.</summary>
    [Fact]
    public async Task The_lines_of_nginx_hold_no_names_and_no_ids_that_open_an_answer()
    {
        using (var rsa = RSA.Create(2048))
        {
            var request = new CertificateRequest("CN=reg.example", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(In("cert.pem"), made.ExportCertificatePem());
            File.WriteAllText(In("key.pem"), rsa.ExportPkcs8PrivateKeyPem());
        }
        var (secure, plain) = (FreePort(), FreePort());
        var recipe = File.ReadAllText(Recipe("nginx.conf")).Replace("listen 443 ", $"listen 127.0.0.1:{secure} ")
            .Replace("listen 80;", $"listen 127.0.0.1:{plain};").Replace("127.0.0.1:5000", "127.0.0.1:9")
            .Replace("/etc/letsencrypt/live/reg.example/fullchain.pem", In("cert.pem"))
            .Replace("/etc/letsencrypt/live/reg.example/privkey.pem", In("key.pem")).Replace("/var/log/nginx/registry.log", In("lines"));
        File.WriteAllText(In("registry.conf"), recipe);
        string[] kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        var places = string.Concat(kinds.Select(kind => $"{kind}_temp_path {In(kind)}; "));
        var http = $"http {{ access_log {In("others")}; {places}include {In("registry.conf")}; }}";
        File.WriteAllText(In("main.conf"), $"pid {In("pid")}; error_log {In("errors")}; events {{ }} {http}");
        var (code, said) = Tool.Try("nginx", ["-c", In("main.conf"), "-e", In("errors")]);
        Assert.True(code == 0, said);
        try
        {
            using var handler = new HttpClientHandler { AllowAutoRedirect = false };
            handler.ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;
            using var client = new HttpClient(handler);
            string[] secret = ["/a/", "/A/", "/%61/", "/w/", "/v1/answers/", "/v1/watches/", "/v1/Answers/"];
            foreach (var path in secret.Select(kind => $"{kind}SECRET.pdf?lang=en").Append("/c/SHOWN?name=SECRET"))
                foreach (var address in (string[])[$"https://127.0.0.1:{secure}", $"http://127.0.0.1:{plain}"])
                    (await client.GetAsync(address + path, TestContext.Current.CancellationToken)).Dispose();
        }
        finally { Tool.Run("nginx", "-c", In("main.conf"), "-e", In("errors"), "-s", "quit"); }
        for (var i = 0; i < 50 && File.Exists(In("pid")); i++) await Task.Delay(20, TestContext.Current.CancellationToken);
        var lines = File.ReadAllText(In("lines")) + (File.Exists(In("others")) ? File.ReadAllText(In("others")) : "");
        Assert.Equal(8, lines.Count(c => c == '\n'));
        Assert.Contains("/c/SHOWN", lines);
        Assert.DoesNotContain("SECRET", lines);
    }

    [Fact]
    public void The_program_lets_little_be_dead_before_it_collects()
    {
        var settings = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "registry.runtimeconfig.json"));
        Assert.Contains($"\"System.GC.Gen0MaxBudget\": {4 << 20}", settings);
    }

    private string In(string file) => Path.Combine(folder, file);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
