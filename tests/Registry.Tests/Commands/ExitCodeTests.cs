using Registry.Commands;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.CommandsTests;

/// <summary>Every verb of the command line and what its exit codes say: 0 done, 1 refused or wrong, 2 in part or cannot tell, 3 a mirror's origin misbehaved.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-exit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string file) => Path.Combine(folder, file);

    /// <summary>Runs the program itself, in this process: its own start would be most of the test.</summary>
    private int Run(params string[] arguments)
    {
        var entry = typeof(Program).Assembly.EntryPoint!;
        string[] all = [.. arguments, .. arguments[^1] is "--help" or "--version" ? [] : (string[])[$"--Registry:DataFile={In("registry.db")}", "--Registry:PublicUrl=https://reg.example"]];
        return entry.Invoke(null, [all]) switch
        {
            int code => code,
            Task<int> code => code.GetAwaiter().GetResult(),
            _ => throw new InvalidOperationException("The program tells no exit code."),
        };
    }

    private const string Body = RegistryApp.Body, Header = "证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期\n";
    private const string Right = "EXIT-1,虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01\n", Wrong = "EXIT-2,虚构甲（演示）有限公司,26,家电售后（演示）,九星,2025-03-01\n";

    /// <summary>What is run, in this order on one registry, and the code; files stand by their names in the folder.</summary>
    private static readonly (string Line, int Code)[] lines =
    [
        // In a folder without a registry none is begun but by what begins one.
        ("bodies list", 1), ($"bodies key {Body}", 1), ("reports", 1), ("rebuild", 1), ("accept-loss", 1), ("dump dumps", 1),
        ("copy --to copy.db", 1), ("backup there", 1), ("verify", 2), ($"import right.csv --body {Body}", 1),
        ("--help", 0), ("--version", 0), ("bodies --help", 0), ("nonsense", 1), ("serve nonsense", 1), ("bodies list --nonsense", 1), ("bodies add", 1),
        ("serve --urls nonsense", 1), ("serve --urls http://127.0.0.1:0 --Registry:Nonsense=1", 1), ("demo --urls nonsense", 1),
        ($"bodies add {Body} 示例", 0), ($"bodies add {Body} 示例", 0), ($"bodies add {Body} 别的", 1), ("bodies add 901 示例", 1), ($"bodies key {Body}", 0), ("bodies key CNCA-R-2099-999", 1),
        ($"bodies key {Body} --days 0", 1), ($"bodies key {Body} --days x", 1), ($"bodies key {Body} --withdraw-keys", 1), ($"bodies add {Body} 示例 --name-en \u202e", 1),
        ($"bodies key {Body} --revoke 000000000000", 1), ("bodies list", 0), ($"bodies withdraw-key {Body} none", 1), ($"bodies register-key {Body} nothing.jws", 1), ($"bodies register-key {Body} wrong.jws", 1),
        ($"bodies register-key {Body} key.jws", 0),
        ($"import right.csv --body {Body}", 0), ($"import right.csv --body {Body}", 0), ($"import mixed.csv --body {Body}", 2), ("import right.csv --body CNCA-R-2099-999", 1), ($"import empty.csv --body {Body}", 1), ("import nothing.csv", 1),
        ("reports", 0), ("rebuild", 0),
        ("verify", 0), ("verify --log registry.db", 0), ("verify --log nothing.db", 2), ("verify --log http://127.0.0.1:9", 2), ("verify --key nonsense", 2), ("verify --evidence empty.csv", 2),
        ("dump", 1), ("dump dumps", 0), ("dump dumps", 1),
        ("copy --to copy.db", 0), ("copy --to copy.db", 0), ("copy --to registry.db", 1), ("copy", 1), ("accept-loss", 0),
        ("check", 2), ("check nothing.json", 2), ("check empty.csv --logg x", 2), ("check --help", 0), ("check empty.csv", 2), ("backup there", 0), ("backup", 1), ("restore nothing", 1), ("restore there", 1), ("restore", 1),
        ("mirror http://127.0.0.1:9 --urls http://127.0.0.1:0", 1), ("mirror", 1), ("witness http://127.0.0.1:9 --interval -1", 1), ("witness http://127.0.0.1:9 --urls nonsense", 1), ("witness", 1),
    ];

    [Fact]
    public void Every_verb_tells_by_its_exit_code_what_became_of_it()
    {
        File.WriteAllText(In("right.csv"), Header + Right);
        File.WriteAllText(In("mixed.csv"), Header + Right + Wrong);
        File.WriteAllText(In("empty.csv"), "");
        File.WriteAllText(In("wrong.jws"), "a.b.c");
        var faults = new List<string>();
        foreach (var (line, expected) in lines)
        {
            if (line.EndsWith("key.jws")) WriteRegistration();
            var words = line.Split(' ').Select(word => Path.HasExtension(word) && !word.Contains('/') || word is "there" or "dumps" ? In(word) : word).ToArray();
            if (Run(words) is var code && code != expected) faults.Add($"registry {line}: {code}, not {expected}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        var verbs = CommandLine.Verbs().Subcommands.Select(verb => verb.Name);
        Assert.Empty(verbs.Except(lines.Select(line => line.Line.Split(' ')[0])));
    }

    /// <summary>What was changed behind the program's back is found: 1.</summary>
    [Fact]
    public void A_registry_that_is_not_right_is_a_1()
    {
        Assert.Equal(0, Run("bodies", "add", Body, "示例"));
        using (var db = Engine.Open(Location.File(In("registry.db")))) Dapper.SqlMapper.Execute(db, "UPDATE body SET name = '别的'");
        Assert.Equal(1, Run("verify"));
        Assert.Equal(0, Run("rebuild"));
        Assert.Equal(0, Run("verify"));
        File.Move(In("registry.key"), In("registry.key.away"));
        foreach (var line in (string[])["bodies list", "rebuild", "serve --urls http://127.0.0.1:0"]) Assert.Equal(1, Run(line.Split(' ')));
        Assert.Equal(2, Run("verify"));
    }

    /// <summary>The service runs under an account of its own, its operator is root: what a command leaves behind the service can
    /// read.</summary>
    [Fact]
    public void What_root_makes_in_a_services_folder_is_the_services()
    {
        Assert.SkipUnless(Environment.UserName == "root" && OperatingSystem.IsLinux(), "only root may give files away");
        const string Service = "65534";
        Tool.Run("chown", Service, folder);
        Assert.Equal(0, Run("bodies", "add", Body, "示例"));
        Assert.Equal(0, Run("backup", In("kept")));
        foreach (var file in Directory.GetFiles(folder)) Assert.Equal(Service, Tool.Run("stat", "-c", "%u", file).Trim());
        Tool.Run("chown", "0", In("registry.published"));
        Assert.Equal(0, Run("bodies", "add", RegistryApp.OtherBody, "示例"));
        Assert.Equal(Service, Tool.Run("stat", "-c", "%u", In("registry.published")).Trim());
    }

    private void WriteRegistration()
    {
        var log = NoteSigner.Parse(File.ReadAllText(In("registry.key")).Trim()).VerifierKey.Name;
        File.WriteAllBytes(In("key.jws"), BodySigner.Ed25519().Registration(Body, log, DateTimeOffset.UtcNow));
    }
}
